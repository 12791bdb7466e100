import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RequestsOfEach1795219200042 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index step_requests_pending;
      alter table step_requests add column request_key text, add column fingerprint bytea,
        drop constraint step_requests_status_check,
        add constraint step_requests_status_check check (status in ('PENDING', 'CARRIED_OUT', 'LAPSED', 'DECLINED'));
      -- one of each, as before
      update step_requests set fingerprint = decode(md5(id::text), 'hex');
      alter table step_requests alter column fingerprint set not null;
      -- what the host has not decided; who asks for the same twice asks once
      create unique index step_requests_pending on step_requests (aggregate, aggregate_id, actor_id, fingerprint) where status = 'PENDING';
      -- a repeated call is the same request, whatever has become of it
      create unique index step_requests_key on step_requests (request_key) where request_key is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index step_requests_pending, step_requests_key;
      delete from step_requests where status = 'DECLINED';
      delete from step_requests one using step_requests earlier
        where one.status = 'PENDING' and earlier.status = 'PENDING' and earlier.id < one.id
          and (earlier.aggregate, earlier.aggregate_id, earlier.event) = (one.aggregate, one.aggregate_id, one.event);
      alter table step_requests drop column request_key, drop column fingerprint,
        drop constraint step_requests_status_check,
        add constraint step_requests_status_check check (status in ('PENDING', 'CARRIED_OUT', 'LAPSED'));
      create unique index step_requests_pending on step_requests (aggregate, aggregate_id, event) where status = 'PENDING';
    `);
  }
}
