import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Rooms1795219200003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table rooms (
        id                     uuid primary key,
        code                   text not null,
        kind                   text not null,
        visibility             text not null default 'PRIVATE',
        status                 text not null default 'OPEN',
        title                  text not null,
        title_is_custom        boolean not null default false,
        max_participants       smallint not null default 50,
        participant_count      smallint not null default 0,
        last_sequence          bigint not null default 0,
        revision               bigint not null default 0,
        last_message_preview   text,
        last_message_kind      text,
        last_message_sender_id uuid references users,
        last_message_at        timestamptz,
        last_activity_at       timestamptz not null default now(),
        pair_key               text,
        is_sensitive           boolean not null default false,
        created_by             uuid references users,
        created_at             timestamptz not null default now(),
        deleted_at             timestamptz,
        constraint rooms_code_key unique (code),
        constraint rooms_pair_key_key unique (pair_key),
        constraint rooms_kind_check check (kind in ('DIRECT', 'GROUP', 'ORDER', 'JOB', 'APPOINTMENT', 'FACILITY', 'SUPPORT')),
        constraint rooms_visibility_check check (visibility in ('PUBLIC', 'PRIVATE')),
        constraint rooms_status_check check (status in ('OPEN', 'CLOSED', 'ARCHIVED')),
        constraint rooms_title_check check (length(title) between 1 and 200),
        constraint rooms_max_participants_check check (max_participants between 2 and 50),
        constraint rooms_participant_count_check check (participant_count between 0 and max_participants),
        constraint rooms_head_check check (last_sequence >= 0 and revision >= last_sequence),
        constraint rooms_preview_check check (length(last_message_preview) <= 200)
      );
      -- publicRooms: newest activity first
      create index rooms_public on rooms (last_activity_at desc, id desc) where visibility = 'PUBLIC' and deleted_at is null;

      create table participants (
        room_id                  uuid not null references rooms on delete cascade,
        user_id                  uuid not null references users,
        role                     text not null,
        status                   text not null default 'ACTIVE',
        muted_until              timestamptz,
        last_read_sequence       bigint not null default 0,
        last_delivered_sequence  bigint not null default 0,
        history_from_sequence    bigint not null default 0,
        notification_preferences jsonb not null default '{}',
        joined_at                timestamptz not null default now(),
        left_at                  timestamptz,
        left_reason              text,
        primary key (room_id, user_id),
        constraint participants_role_check check (role in ('CUSTOMER', 'RIDER', 'PHARMACY_STAFF', 'CLIENT', 'WORKER', 'PATIENT',
          'PRACTITIONER', 'FACILITY_STAFF', 'SUPPORT_STAFF', 'MEDIATOR', 'OBSERVER', 'ADMIN')),
        constraint participants_status_check check (status in ('ACTIVE', 'MUTED', 'BLOCKED', 'LEFT')),
        -- who leaves while muted comes back muted; without an end the mute waits as 'infinity'
        constraint participants_muted_check check (muted_until is null or status = 'LEFT' or (status = 'MUTED' and muted_until < 'infinity')),
        constraint participants_positions_check check (last_read_sequence >= 0 and last_delivered_sequence >= last_read_sequence),
        constraint participants_preferences_check check (pg_column_size(notification_preferences) <= 4096)
      );
      -- rooms, unread, roomWith: the rooms that a person is in
      create index participants_user on participants (user_id, room_id) where status in ('ACTIVE', 'MUTED');

      -- one row per act of reading; "read by whom, when" follows from it
      create table read_receipts (
        room_id        uuid not null,
        user_id        uuid not null,
        up_to_sequence bigint not null,
        at             timestamptz not null default now(),
        primary key (room_id, user_id, up_to_sequence),
        constraint read_receipts_participant_fkey foreign key (room_id, user_id) references participants on delete cascade
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table read_receipts, participants, rooms');
  }
}
