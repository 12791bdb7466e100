import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Disputes1795219200010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- how many live disputes keep what stands in the room
      alter table rooms add column hold_count smallint not null default 0
        constraint rooms_hold_count_check check (hold_count >= 0);

      create table disputes (
        id                   uuid primary key,
        room_id              uuid not null references rooms,
        status               text not null,
        version              int not null default 1,
        authority            text not null default 'PARLEY',
        external_ref         text,
        host_version         bigint,
        created_at           timestamptz not null default now(),
        updated_at           timestamptz not null default now(),
        context_kind         text not null,
        context_id           uuid not null,
        opened_by            uuid not null references users,
        against              uuid not null references users,
        reason               text not null,
        desired              text not null,
        amount_minor         bigint,
        currency             text,
        stage                text not null default 'NEGOTIATION',
        filing_deadline      timestamptz not null,
        respond_by           timestamptz,
        escalatable_at       timestamptz,
        declined_at          timestamptz,
        open_offer_id        uuid,
        offered_by           uuid references users,
        offer_expires_at     timestamptz,
        asked_id             uuid references users,
        evidence_due_at      timestamptz,
        mediator_id          uuid references users,
        mediator_is_guest    boolean not null default false,
        access_until         timestamptz,
        proposed_outcome     text,
        proposed_award_minor bigint,
        proposed_by          uuid references users,
        outcome              text,
        awarded_minor        bigint,
        decision             text,
        decided_by           uuid references users,
        confirmed_by         uuid references users,
        appeal_until         timestamptz,
        appealed_by          uuid references users,
        constraint disputes_external_ref_key unique (external_ref),
        constraint disputes_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint disputes_status_check check (status in ('OPENED', 'AWAITING_RESPONSE', 'NEGOTIATING', 'UNDER_REVIEW', 'AWAITING_EVIDENCE',
          'RESOLVED', 'REJECTED', 'UNDER_APPEAL', 'FINAL', 'WITHDRAWN', 'EXPIRED')),
        constraint disputes_stage_check check (stage in ('NEGOTIATION', 'REVIEW', 'APPEAL')),
        constraint disputes_parties_check check (opened_by <> against),
        constraint disputes_neutral_check check (
          coalesce(decided_by not in (opened_by, against), true) and coalesce(confirmed_by not in (opened_by, against), true)
          and coalesce(mediator_id not in (opened_by, against), true) and coalesce(confirmed_by <> decided_by, true)),
        constraint disputes_amount_check check (amount_minor between 1 and 1000000000000 and currency ~ '^[A-Z]{3}$'
          or amount_minor is null and currency is null),
        constraint disputes_award_check check (awarded_minor between 0 and amount_minor),
        constraint disputes_offer_check check (status = 'NEGOTIATING' or open_offer_id is null),
        constraint disputes_outcome_check check ((status in ('RESOLVED', 'REJECTED', 'UNDER_APPEAL', 'FINAL')) = (outcome is not null))
      );
      -- one live dispute about one thing
      create unique index disputes_live on disputes (context_kind, context_id) where status not in ('FINAL', 'WITHDRAWN', 'EXPIRED');
      -- Room.disputes, newest first; whether one is live in the room
      create index disputes_room on disputes (room_id, id);
      -- myDisputes: as who opened it, as whom it is against, as its mediator; newest first
      create index disputes_opened_by on disputes (opened_by, id);
      create index disputes_against on disputes (against, id);
      create index disputes_mediator on disputes (mediator_id, id) where mediator_id is not null;

      create table dispute_offers (
        id           uuid primary key,
        dispute_id   uuid not null references disputes,
        by_id        uuid not null references users,
        amount_minor bigint,
        terms        text,
        status       text not null default 'OPEN',
        expires_at   timestamptz not null,
        created_at   timestamptz not null,
        settled_at   timestamptz,
        constraint dispute_offers_status_check check (status in ('OPEN', 'ACCEPTED', 'DECLINED', 'WITHDRAWN', 'EXPIRED', 'SUPERSEDED')),
        constraint dispute_offers_amount_check check (amount_minor between 1 and 1000000000000),
        constraint dispute_offers_terms_check check (char_length(terms) between 1 and 2000),
        constraint dispute_offers_content_check check (amount_minor is not null or terms is not null),
        constraint dispute_offers_settled_check check ((status = 'OPEN') = (settled_at is null))
      );
      -- a counter-offer takes the place of the one before it
      create unique index dispute_offers_open on dispute_offers (dispute_id) where status = 'OPEN';
      -- Dispute.offers, in their order
      create index dispute_offers_dispute on dispute_offers (dispute_id, id);
      alter table disputes add constraint disputes_open_offer_id_fkey foreign key (open_offer_id) references dispute_offers;

      create table dispute_evidence (
        id         uuid primary key,
        dispute_id uuid not null references disputes,
        message_id uuid,
        by_id      uuid references users,
        copy       jsonb not null,
        sha256     bytea not null,
        at         timestamptz not null,
        -- a message is taken once
        constraint dispute_evidence_dispute_id_message_id_key unique (dispute_id, message_id),
        constraint dispute_evidence_sha256_check check (octet_length(sha256) = 32)
      );
      -- Dispute.evidence, in its order
      create index dispute_evidence_dispute on dispute_evidence (dispute_id, id);
      create trigger dispute_evidence_append_only before update or delete or truncate on dispute_evidence execute function refuse_change();

      create table dispute_bundles (
        dispute_id uuid primary key references disputes,
        content    text not null,
        sha256     bytea not null,
        sealed_at  timestamptz not null,
        constraint dispute_bundles_sha256_check check (sha256 = sha256(convert_to(content, 'UTF8')))
      );
      create trigger dispute_bundles_append_only before update or delete or truncate on dispute_bundles execute function refuse_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table disputes drop constraint disputes_open_offer_id_fkey;
      drop table dispute_bundles, dispute_evidence, dispute_offers, disputes;
      alter table rooms drop column hold_count;
    `);
  }
}
