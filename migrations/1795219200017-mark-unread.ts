import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MarkUnread1795219200017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table participants
        -- null: what counts as unread begins at the read position
        add column unread_after_sequence bigint,
        add constraint participants_unread_check check (unread_after_sequence between 0 and last_read_sequence - 1);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table participants drop column unread_after_sequence');
  }
}
