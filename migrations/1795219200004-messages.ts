import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Messages1795219200004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table messages (
        room_id            uuid not null references rooms on delete cascade,
        sequence           bigint not null,
        id                 uuid not null,
        sender_id          uuid,
        kind               text not null,
        content            text,
        metadata           jsonb,
        reply_to_id        uuid,
        client_id          text,
        client_fingerprint bytea,
        created_revision   bigint not null,
        revision           bigint not null,
        created_at         timestamptz not null default now(),
        edited_at          timestamptz,
        deleted_at         timestamptz,
        deleted_by         uuid references users,
        primary key (room_id, sequence),
        constraint messages_id_key unique (id),
        -- who sends is or was a participant: integrity for one look-up instead of two
        constraint messages_sender_fkey foreign key (room_id, sender_id) references participants,
        constraint messages_reply_to_fkey foreign key (reply_to_id) references messages (id),
        constraint messages_kind_check check (kind in ('TEXT', 'IMAGE', 'FILE', 'SYSTEM', 'SYSTEM_UPLOAD', 'ORDER_UPDATE',
          'DELIVERY_UPDATE', 'PAYMENT', 'DISPUTE', 'JOB_UPDATE', 'APPOINTMENT')),
        constraint messages_content_check check (length(content) between 1 and 8000),
        -- 16 KB of JSON; a list of small numbers takes six times as much as jsonb
        constraint messages_metadata_check check (pg_column_size(metadata) <= 131072),
        constraint messages_client_id_check check (length(client_id) between 1 and 64),
        constraint messages_tombstone_check check (deleted_at is null or (content is null and metadata is null)),
        constraint messages_revision_check check (revision >= created_revision and created_revision >= sequence)
      );
      -- a retried send is the same message
      create unique index messages_client on messages (room_id, sender_id, client_id) where client_id is not null;
      -- what changed since revision R
      create unique index messages_revision on messages (room_id, revision);
      -- what was added since revision R; the second half of the same question
      create unique index messages_created_revision on messages (room_id, created_revision);
      -- pages between two dates: where in the sequence they begin and end
      create index messages_created_at on messages (room_id, created_at);
      -- pages of some kinds only, and how many there are of each; a text costs nothing here
      create index messages_kind on messages (room_id, kind, sequence) where kind <> 'TEXT';

      -- what an edit or a deletion replaced
      create table message_revisions (
        message_id  uuid not null references messages (id) on delete cascade,
        revision    bigint not null,
        content     text,
        metadata    jsonb,
        replaced_by uuid not null references users,
        replaced_at timestamptz not null default now(),
        reason      text,
        primary key (message_id, revision)
      );

      create table reactions (
        message_id uuid not null references messages (id) on delete cascade,
        user_id    uuid not null references users,
        emoji      text not null,
        created_at timestamptz not null default now(),
        primary key (message_id, user_id, emoji)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reactions, message_revisions, messages');
  }
}
