import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Presence1795219200006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users
        add column is_presence_hidden boolean not null default false,
        -- when they last came online, or changed what they show; going offline is a matter of last_seen_at
        add column presence_changed_at timestamptz;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table users drop column presence_changed_at, drop column is_presence_hidden');
  }
}
