import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Inbound1795219200014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table integrations (
        id                uuid primary key,
        kind              text not null,
        name              text not null,
        scheme            text not null,
        -- sealed with SECRETS_KEY; several while one takes over from another
        secrets           jsonb not null,
        scopes            text[] not null,
        clock_tolerance   int not null default 300,
        allowed_addresses text[],
        is_active         boolean not null default true,
        created_by        uuid references users,
        created_at        timestamptz not null,
        constraint integrations_kind_check check (kind in ('HOST', 'ORDERS', 'DELIVERIES', 'PAYMENTS', 'JOBS', 'APPOINTMENTS', 'STUDIES')),
        constraint integrations_name_check check (length(name) between 1 and 100),
        constraint integrations_scheme_check check (scheme in ('STANDARD', 'STRIPE')),
        constraint integrations_secrets_check check (jsonb_array_length(secrets) between 1 and 5),
        constraint integrations_scopes_check check (cardinality(scopes) between 1 and 50),
        constraint integrations_tolerance_check check (clock_tolerance between 30 and 3600),
        constraint integrations_addresses_check check (cardinality(allowed_addresses) between 1 and 50)
      );

      create table inbound_events (
        id             uuid primary key,
        integration_id uuid not null references integrations,
        external_id    text not null,
        type           text not null,
        aggregate      text not null,
        -- as the host names it: its external reference, or our id
        object_ref     text not null,
        -- our id, once it was merged
        object_id      uuid,
        object_version bigint,
        occurred_at    timestamptz not null,
        received_at    timestamptz not null,
        settled_at     timestamptz,
        raw            bytea not null,
        status         text not null default 'RECEIVED',
        attempts       int not null default 0,
        error_code     text,
        error          text,
        -- whose next step it is tried again after: 'order:<reference or id>', 'room:<id>'
        waits_for      text[],
        -- the host's event is one event, however often it is sent
        constraint inbound_events_integration_id_external_id_key unique (integration_id, external_id),
        constraint inbound_events_status_check check (status in ('RECEIVED', 'PROCESSED', 'STALE', 'QUARANTINED', 'FAILED')),
        constraint inbound_events_external_id_check check (length(external_id) between 1 and 200),
        constraint inbound_events_raw_check check (length(raw) <= 262144),
        constraint inbound_events_error_check check (length(error) <= 1000),
        constraint inbound_events_waits_check check (waits_for is null or status = 'QUARANTINED')
      );
      -- merging: what is open of one object
      create index inbound_events_open on inbound_events (aggregate, object_ref) where status = 'RECEIVED' or waits_for is not null;
      -- a step was made: who waited for it
      create index inbound_events_waiting on inbound_events using gin (waits_for) where waits_for is not null;
      -- merging: how far the object has heard of the host
      create index inbound_events_merged on inbound_events (object_id, occurred_at) where status = 'PROCESSED';
      -- inboundEvents, newest first, of all that is not as it should be
      create index inbound_events_troubled on inbound_events (id) where status in ('QUARANTINED', 'FAILED');
      -- inboundEvents of an integration, newest first
      create index inbound_events_log on inbound_events (integration_id, id desc);
      -- inboundEvents of one object
      create index inbound_events_object on inbound_events (object_ref);
      -- what is too old to be kept
      create index inbound_events_settled on inbound_events (settled_at) where status in ('PROCESSED', 'STALE');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table inbound_events, integrations');
  }
}
