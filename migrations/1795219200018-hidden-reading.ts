import type { MigrationInterface, QueryRunner } from 'typeorm';

export class HiddenReading1795219200018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table users add column is_reading_hidden boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table users drop column is_reading_hidden');
  }
}
