import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ForgottenProviderEvents1795219200043 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- what is too old to be kept
      create index provider_events_settled on provider_events (received_at) where status <> 'RECEIVED';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index provider_events_settled');
  }
}
