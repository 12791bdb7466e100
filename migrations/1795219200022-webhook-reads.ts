import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WebhookReads1795219200022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- reads that are older are not told
      alter table webhook_endpoints add column reads_since timestamptz not null default now();

      -- up to where an endpoint was told that somebody has read; nobody has a row who has read nothing since the endpoint asks for it
      create table webhook_reads (
        room_id     uuid not null references rooms on delete cascade,
        endpoint_id uuid not null references webhook_endpoints on delete cascade,
        user_id     uuid not null references users,
        told        bigint not null default 0,
        failures    smallint not null default 0,
        next_at     timestamptz,
        primary key (room_id, endpoint_id, user_id),
        constraint webhook_reads_next_check check ((next_at is null) = (failures = 0))
      );
      -- dispatch: what has failed and is to be tried again
      create index webhook_reads_due on webhook_reads (endpoint_id, next_at) where next_at is not null;

      alter table webhook_deliveries
        add column read_by uuid references users,
        add column read_up_to bigint,
        drop constraint webhook_deliveries_place_check,
        add constraint webhook_deliveries_place_check check (num_nonnulls(revision, read_up_to) = num_nonnulls(room_id)),
        add constraint webhook_deliveries_read_check check ((read_by is null) = (read_up_to is null));
      -- a position that somebody has read up to is one delivery, however often it is tried
      create unique index webhook_deliveries_read on webhook_deliveries (room_id, endpoint_id, read_by, read_up_to) where read_by is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from webhook_deliveries where read_by is not null;
      alter table webhook_deliveries drop column read_by, drop column read_up_to,
        add constraint webhook_deliveries_place_check check ((room_id is null) = (revision is null));
      drop table webhook_reads;
      alter table webhook_endpoints drop column reads_since;
    `);
  }
}
