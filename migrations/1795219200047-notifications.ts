import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notifications1795219200047 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table notification_settings (
        user_id     uuid primary key references users on delete cascade,
        preferences jsonb not null,
        updated_at  timestamptz not null,
        constraint notification_settings_preferences_check
          check (jsonb_typeof(preferences) = 'object' and pg_column_size(preferences) <= 4096)
      );

      create table devices (
        id            uuid primary key,
        user_id       uuid not null references users on delete cascade,
        kind          text not null,
        address       text not null,
        p256dh        text,
        auth          text,
        label         text,
        registered_at timestamptz not null,
        constraint devices_address_key unique (address),
        constraint devices_kind_check check (kind in ('WEB', 'FCM')),
        constraint devices_address_check check (char_length(address) between 1 and 2000),
        constraint devices_label_check check (char_length(label) between 1 and 100),
        constraint devices_keys_check check (num_nonnulls(p256dh, auth) = case kind when 'WEB' then 2 else 0 end)
      );
      -- push: where somebody is reached
      create index devices_user on devices (user_id, registered_at desc);

      -- up to where the messages of a room were looked at; a room without a row has not been
      create table notification_positions (
        room_id  uuid primary key references rooms on delete cascade,
        sequence bigint not null,
        constraint notification_positions_sequence_check check (sequence >= 0)
      );

      -- what somebody is to be told of a room on a channel: the messages behind told_sequence, up to head_sequence
      create table notifications (
        user_id       uuid not null,
        room_id       uuid not null,
        channel       text not null,
        told_sequence bigint not null,
        head_sequence bigint not null,
        is_shown      boolean not null default false,
        is_over       boolean not null default false,
        primary key (user_id, channel, room_id),
        constraint notifications_participant_fkey foreign key (room_id, user_id) references participants (room_id, user_id) on delete cascade,
        constraint notifications_channel_check check (channel in ('PUSH', 'EMAIL')),
        constraint notifications_sequence_check check (head_sequence >= told_sequence and told_sequence >= 0),
        constraint notifications_over_check check (is_shown or not is_over)
      );
      -- telling: what waits for somebody
      create index notifications_waiting on notifications (user_id, channel) where head_sequence > told_sequence or is_over;
      -- the foreign key: a seat that goes takes these along
      create index notifications_room on notifications (room_id, user_id);

      -- when somebody is told next on a channel, of all rooms at once
      create table notification_turns (
        user_id      uuid not null references users on delete cascade,
        channel      text not null,
        due_at       timestamptz,
        attempt      smallint not null default 0,
        told_at      timestamptz,
        leased_until timestamptz,
        lease        uuid,
        primary key (user_id, channel),
        constraint notification_turns_channel_check check (channel in ('PUSH', 'EMAIL')),
        constraint notification_turns_lease_check check ((lease is null) = (leased_until is null) and (lease is null or due_at is not null))
      );
      -- telling: whose turn it is
      create index notification_turns_due on notification_turns (channel, due_at) where due_at is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table notification_turns, notifications, notification_positions, devices, notification_settings');
  }
}
