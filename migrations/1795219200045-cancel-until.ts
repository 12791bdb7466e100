import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CancelUntil1795219200045 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table appointments add column cancel_until timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table appointments drop column cancel_until');
  }
}
