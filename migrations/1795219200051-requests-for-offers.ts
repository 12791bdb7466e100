import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RequestsForOffers1795219200051 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- bidders_rooms: who has asked the host for an offer, and may have none
      create index step_requests_offers on step_requests (aggregate_id) where event = 'job_offer.make';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index step_requests_offers');
  }
}
