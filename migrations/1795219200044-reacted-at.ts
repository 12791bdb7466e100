import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReactedAt1795219200044 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table messages add column reacted_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table messages drop column reacted_at');
  }
}
