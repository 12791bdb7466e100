import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ChargebackDetails1795219200026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- when the provider said what is known of amount, reason and deadline: something older changes none of it
      alter table chargebacks add column told_at timestamptz;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table chargebacks drop column told_at');
  }
}
