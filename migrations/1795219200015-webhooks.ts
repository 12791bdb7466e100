import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Webhooks1795219200015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table webhook_endpoints (
        id            uuid primary key,
        url           text not null,
        description   text,
        mode          text not null,
        status        text not null default 'ACTIVE',
        status_reason text,
        events        text[] not null,
        room_kinds    text[],
        room_ids      uuid[],
        ordering      text not null default 'PER_ROOM',
        api_version   text not null,
        on_timeout    text,
        -- sealed with SECRETS_KEY; several while one takes over from another
        secrets       jsonb not null,
        failures      int not null default 0,
        failing_since timestamptz,
        created_by    uuid references users,
        created_at    timestamptz not null,
        constraint webhook_endpoints_url_check check (length(url) between 1 and 2048),
        constraint webhook_endpoints_description_check check (length(description) <= 200),
        constraint webhook_endpoints_mode_check check (mode in ('AFTER', 'BEFORE')),
        constraint webhook_endpoints_status_check check (status in ('ACTIVE', 'PAUSED', 'DISABLED')),
        constraint webhook_endpoints_ordering_check check (ordering in ('PER_ROOM', 'NONE')),
        constraint webhook_endpoints_on_timeout_check check (on_timeout in ('ALLOW', 'HOLD', 'REJECT')),
        constraint webhook_endpoints_before_check check ((mode = 'BEFORE') = (on_timeout is not null)),
        constraint webhook_endpoints_secrets_check check (jsonb_array_length(secrets) between 1 and 5),
        constraint webhook_endpoints_failures_check check ((failures > 0) = (failing_since is not null))
      );

      -- how far a room was told to an endpoint; a room without a row is younger than the endpoint
      create table webhook_positions (
        room_id     uuid not null references rooms on delete cascade,
        endpoint_id uuid not null references webhook_endpoints on delete cascade,
        revision    bigint not null,
        head        bigint not null,
        due_at      timestamptz,
        lease       uuid,
        primary key (room_id, endpoint_id),
        constraint webhook_positions_head_check check (head >= revision and revision >= 0),
        constraint webhook_positions_lease_check check (lease is null or due_at is not null)
      );
      -- dispatch: what an endpoint is to be told now
      create index webhook_positions_due on webhook_positions (endpoint_id, due_at) where due_at is not null;

      create table webhook_deliveries (
        id               uuid primary key,
        endpoint_id      uuid not null references webhook_endpoints on delete cascade,
        room_id          uuid references rooms on delete cascade,
        revision         bigint,
        type             text not null,
        webhook_id       text not null,
        status           text not null,
        attempt          smallint not null default 0,
        code             smallint,
        ms               int,
        error            text,
        next_at          timestamptz,
        is_detached      boolean not null default false,
        lease            uuid,
        first_attempt_at timestamptz,
        created_at       timestamptz not null,
        updated_at       timestamptz not null,
        constraint webhook_deliveries_status_check check (status in ('PENDING', 'IN_FLIGHT', 'DELIVERED', 'RETRYING', 'DEAD')),
        constraint webhook_deliveries_place_check check ((room_id is null) = (revision is null)),
        constraint webhook_deliveries_next_check check (next_at is null or status in ('PENDING', 'IN_FLIGHT', 'RETRYING')),
        constraint webhook_deliveries_error_check check (length(error) <= 1000)
      );
      -- an event of a room is one delivery, however often it is tried; also finds them when a room is deleted
      create unique index webhook_deliveries_event on webhook_deliveries (room_id, endpoint_id, revision);
      -- webhookDeliveries, newest first, and what is too old to be kept
      create index webhook_deliveries_log on webhook_deliveries (endpoint_id, id desc);
      -- webhookDeliveries of the kinds that somebody looks for: what waits, and dead letters
      create index webhook_deliveries_open on webhook_deliveries (endpoint_id, id desc) where status <> 'DELIVERED';
      -- dispatch: what goes beside the order of its room
      create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_at) where is_detached and next_at is not null;

      -- sent, and kept from the room until somebody has looked
      create table held_messages (
        id                 uuid primary key,
        room_id            uuid not null references rooms on delete cascade,
        sender_id          uuid not null,
        kind               text not null,
        content            text,
        metadata           jsonb,
        reply_to_id        uuid,
        client_id          text,
        client_fingerprint bytea,
        status             text not null default 'HELD',
        reason             text,
        message_id         uuid references messages (id) on delete set null,
        decided_by         uuid references users,
        decided_at         timestamptz,
        created_at         timestamptz not null default now(),
        constraint held_messages_sender_fkey foreign key (room_id, sender_id) references participants,
        constraint held_messages_kind_check check (kind in ('TEXT', 'IMAGE', 'FILE')),
        constraint held_messages_content_check check (length(content) between 1 and 8000),
        constraint held_messages_metadata_check check (pg_column_size(metadata) <= 131072),
        constraint held_messages_status_check check (status in ('HELD', 'RELEASED', 'REFUSED')),
        constraint held_messages_decision_check check ((status = 'HELD') = (decided_at is null)),
        constraint held_messages_reason_check check (length(reason) <= 500)
      );
      -- a retried send that is held is the same held message; also finds them when a room is deleted
      create unique index held_messages_client on held_messages (room_id, sender_id, client_id);
      -- heldMessages: those that wait, oldest first
      create index held_messages_waiting on held_messages (id) where status = 'HELD';
      -- a message that is deleted for good lets go of its row here
      create index held_messages_message on held_messages (message_id) where message_id is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table held_messages, webhook_deliveries, webhook_positions, webhook_endpoints');
  }
}
