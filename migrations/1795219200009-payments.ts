import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What every subject has (src/transitions/machine/subject.ts). */
const SUBJECT = `
        id           uuid primary key,
        room_id      uuid not null references rooms,
        status       text not null,
        version      int not null default 1,
        authority    text not null default 'PARLEY',
        external_ref text,
        host_version bigint,
        created_at   timestamptz not null default now(),
        updated_at   timestamptz not null default now(),
        payer_id     uuid not null references users,
        payee_id     uuid not null references users,
        amount_minor bigint not null,
        currency     text not null,`;

export class Payments1795219200009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table payments (${SUBJECT}
        -- taken from the payer; promised back by refunds that are under way; given back
        captured_minor bigint not null default 0,
        reserved_minor bigint not null default 0,
        refunded_minor bigint not null default 0,
        method         text,
        capture_mode   text not null,
        is_escrow      boolean not null default false,
        holds          int not null default 0,
        context_kind   text,
        context_id     uuid,
        attempt        int not null default 1,
        provider       text not null,
        provider_ref   text,
        provider_rank  int not null default 0,
        provider_since timestamptz,
        client_secret  text,
        failure_code   text,
        -- a host's own name for it finds it again
        constraint payments_external_ref_key unique (external_ref),
        -- what an event of the provider is about
        constraint payments_provider_provider_ref_key unique (provider, provider_ref),
        constraint payments_status_check check (status in ('REQUESTED', 'INITIATED', 'REQUIRES_ACTION', 'PROCESSING', 'AUTHORIZED', 'CAPTURED',
          'PARTIALLY_REFUNDED', 'REFUNDED', 'FAILED', 'CANCELED')),
        constraint payments_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint payments_parties_check check (payer_id <> payee_id),
        constraint payments_amount_check check (amount_minor between 1 and 1000000000000),
        constraint payments_currency_check check (currency ~ '^[A-Z]{3}$'),
        constraint payments_captured_check check (captured_minor between 0 and amount_minor
          and (captured_minor > 0) = (status in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'))),
        -- nobody gets back more than was taken, whatever is under way at once
        constraint payments_refunded_check check (refunded_minor >= 0 and reserved_minor >= 0 and refunded_minor + reserved_minor <= captured_minor),
        constraint payments_capture_mode_check check (capture_mode in ('AUTOMATIC', 'MANUAL')),
        constraint payments_holds_check check (holds >= 0),
        constraint payments_context_check check ((context_kind is null) = (context_id is null)),
        constraint payments_provider_check check (length(provider) between 1 and 40 and length(provider_ref) <= 255)
      );
      -- Room.payments, newest first
      create index payments_room on payments (room_id, id desc);
      -- the money of an order, a job, an appointment
      create index payments_context on payments (context_kind, context_id) where context_id is not null;

      create table refunds (${SUBJECT}
        payment_id   uuid not null references payments,
        provider     text not null,
        provider_ref text,
        failure_code text,
        -- a host's own name for it finds it again
        constraint refunds_external_ref_key unique (external_ref),
        -- what an event of the provider is about
        constraint refunds_provider_provider_ref_key unique (provider, provider_ref),
        constraint refunds_status_check check (status in ('REQUESTED', 'APPROVED', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED')),
        constraint refunds_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint refunds_amount_check check (amount_minor between 1 and 1000000000000)
      );
      -- Payment.refunds, in their order
      create index refunds_payment on refunds (payment_id, id);

      create table escrow_holds (${SUBJECT}
        payment_id     uuid not null references payments,
        refunded_minor bigint not null default 0,
        released_minor bigint not null default 0,
        holds          int not null default 0,
        constraint escrow_holds_external_ref_key unique (external_ref),
        -- Payment.escrow: the money of one payment is held once
        constraint escrow_holds_payment_id_key unique (payment_id),
        constraint escrow_holds_status_check check (status in ('HELD', 'RELEASED', 'REFUNDED', 'SPLIT')),
        constraint escrow_holds_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint escrow_holds_amount_check check (refunded_minor >= 0 and released_minor >= 0 and refunded_minor + released_minor <= amount_minor
          and (status = 'HELD' or refunded_minor + released_minor = amount_minor)),
        constraint escrow_holds_holds_check check (holds >= 0)
      );

      create table chargebacks (${SUBJECT}
        payment_id    uuid not null references payments,
        provider      text not null,
        provider_ref  text not null,
        -- as the bank says it
        bank_reason   text,
        due_by        timestamptz,
        constraint chargebacks_external_ref_key unique (external_ref),
        -- what an event of the provider is about
        constraint chargebacks_provider_provider_ref_key unique (provider, provider_ref),
        constraint chargebacks_status_check check (status in ('WARNING_NEEDS_RESPONSE', 'WARNING_UNDER_REVIEW', 'WARNING_CLOSED',
          'NEEDS_RESPONSE', 'UNDER_REVIEW', 'PREVENTED', 'LOST', 'WON')),
        constraint chargebacks_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint chargebacks_amount_check check (amount_minor between 1 and 1000000000000)
      );
      -- Payment.chargebacks, in their order
      create index chargebacks_payment on chargebacks (payment_id, id);

      -- who stands in the way of a payment's capture and release; payments.holds counts them
      create table payment_holds (
        payment_id   uuid not null references payments,
        aggregate    text not null,
        aggregate_id uuid not null,
        constraint payment_holds_pkey primary key (payment_id, aggregate, aggregate_id)
      );
      -- what a dispute or a chargeback holds
      create index payment_holds_holder on payment_holds (aggregate, aggregate_id);

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
        -- an event that comes again is the same event
        constraint provider_events_provider_external_id_key unique (provider, external_id),
        constraint provider_events_status_check check (status in ('RECEIVED', 'PROCESSED', 'STALE', 'IGNORED'))
      );
      -- what came in for a payment
      create index provider_events_payment on provider_events (payment_id, occurred_at) where payment_id is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table provider_events, payment_holds, chargebacks, escrow_holds, refunds, payments');
  }
}
