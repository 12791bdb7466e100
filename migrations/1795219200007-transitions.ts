import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Transitions1795219200007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table transitions (
        id               uuid primary key,
        room_id          uuid not null,
        aggregate        text not null,
        aggregate_id     uuid not null,
        version          int not null,
        event            text not null,
        from_status      text,
        to_status        text not null,
        actor_id         uuid references users,
        actor_role       text not null,
        source           text not null,
        reason           text,
        payload          jsonb not null default '{}',
        event_key        text,
        fingerprint      bytea,
        message_id       uuid not null,
        message_sequence bigint not null,
        at               timestamptz not null,
        -- the steps of one subject, in their order; no two steps are the nth
        constraint transitions_aggregate_aggregate_id_version_key unique (aggregate, aggregate_id, version),
        -- Message.transition; a message tells of one step
        constraint transitions_message_id_key unique (message_id),
        -- no step without its message
        constraint transitions_message_fkey foreign key (room_id, message_sequence) references messages (room_id, sequence),
        constraint transitions_source_check check (source in ('USER', 'SERVICE', 'TIMER', 'WEBHOOK', 'SYSTEM')),
        constraint transitions_version_check check (version >= 1),
        constraint transitions_payload_check check (pg_column_size(payload) <= 131072)
      );
      -- a repeated request is the same step
      create unique index transitions_event_key on transitions (event_key) where event_key is not null;

      -- what happened stays as it was written, whoever asks
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
      end $$;
      create trigger transitions_append_only before update or delete or truncate on transitions execute function refuse_change();

      -- no message of a step without the step; asked at the commit, because the message comes first
      create function require_transition() returns trigger language plpgsql as $$
      begin
        if not exists (select from transitions t where t.message_id = new.id) then
          raise exception 'message % tells of a transition that did not happen', new.id using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$;
      create constraint trigger messages_transition after insert on messages deferrable initially deferred for each row
        when (new.kind in ('ORDER_UPDATE', 'DELIVERY_UPDATE', 'PAYMENT', 'DISPUTE', 'JOB_UPDATE', 'APPOINTMENT', 'SYSTEM_UPLOAD'))
        execute function require_transition();

      create table deadlines (
        id           uuid primary key,
        room_id      uuid not null references rooms on delete cascade,
        aggregate    text not null,
        aggregate_id uuid not null,
        task         text not null,
        due_at       timestamptz not null,
        fired_at     timestamptz
      );
      -- one of a kind for each subject; setting it again moves it
      create unique index deadlines_open on deadlines (aggregate, aggregate_id, task) where fired_at is null;
      -- what is due
      create index deadlines_due on deadlines (due_at) where fired_at is null;

      create table step_requests (
        id           uuid primary key,
        room_id      uuid not null references rooms on delete cascade,
        aggregate    text not null,
        aggregate_id uuid not null,
        event        text not null,
        actor_id     uuid not null references users,
        reason       text,
        payload      jsonb not null default '{}',
        status       text not null default 'PENDING',
        at           timestamptz not null,
        constraint step_requests_status_check check (status in ('PENDING', 'CARRIED_OUT', 'LAPSED'))
      );
      -- what the host has not decided; asking twice is asking once
      create unique index step_requests_pending on step_requests (aggregate, aggregate_id, event) where status = 'PENDING';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table step_requests, deadlines;
      drop trigger messages_transition on messages;
      drop table transitions;
      drop function require_transition;
      drop function refuse_change;
    `);
  }
}
