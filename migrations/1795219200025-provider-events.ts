import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What payment providers tell is kept with what the systems of the host tell, in the same states. Providers tell again what was open. */
export class ProviderEvents1795219200025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table provider_events;
      alter table inbound_events
        alter column integration_id drop not null,
        add column provider text,
        add constraint inbound_events_sender_check check (num_nonnulls(integration_id, provider) = 1);
      -- a provider's event is one event, however often it is sent; and inboundEvents of a provider
      create unique index inbound_events_provider on inbound_events (provider, external_id) where provider is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from inbound_events where integration_id is null;
      drop index inbound_events_provider;
      alter table inbound_events
        drop constraint inbound_events_sender_check,
        drop column provider,
        alter column integration_id set not null;
      create table provider_events (
        id          uuid primary key,
        provider    text not null,
        external_id text not null,
        type        text not null,
        facts       jsonb not null,
        occurred_at timestamptz not null,
        received_at timestamptz not null default now(),
        status      text not null default 'RECEIVED',
        payment_id  uuid references payments,
        note        text,
        constraint provider_events_provider_external_id_key unique (provider, external_id),
        constraint provider_events_status_check check (status in ('RECEIVED', 'PROCESSED', 'STALE', 'IGNORED'))
      );
      create index provider_events_payment on provider_events (payment_id, occurred_at) where payment_id is not null;
    `);
  }
}
