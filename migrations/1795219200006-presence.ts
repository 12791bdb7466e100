import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Presence1795219200006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users
        add column is_presence_hidden boolean not null default false,
        -- when they last came online, or changed what they show; going offline is a matter of last_seen_at
        add column presence_changed_at timestamptz;
      -- presence_changed: who has come online or shows something else
      create index users_presence_changed on users (presence_changed_at) where presence_changed_at is not null;
      -- presence_changed: who has gone offline
      create index users_last_seen on users (last_seen_at) where not is_presence_hidden;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index users_last_seen; alter table users drop column presence_changed_at, drop column is_presence_hidden');
  }
}
