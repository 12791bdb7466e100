import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Jobs1795219200011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table jobs (
        id                 uuid primary key,
        room_id            uuid not null references rooms,
        status             text not null,
        version            int not null default 1,
        authority          text not null default 'PARLEY',
        external_ref       text,
        host_version       bigint,
        created_at         timestamptz not null default now(),
        updated_at         timestamptz not null default now(),
        number             text not null,
        poster_id          uuid not null references users,
        worker_id          uuid references users,
        title              text not null,
        description        text,
        area               text,
        budget_minor       bigint not null,
        agreed_minor       bigint,
        currency           text not null,
        starts_at          timestamptz,
        ends_at            timestamptz,
        open_until         timestamptz,
        is_escrow          boolean not null default false,
        is_held            boolean not null default false,
        cancel_proposed_by uuid references users,
        -- Room.job; a job has one room, and a room one job
        constraint jobs_room_id_key unique (room_id),
        -- the host's job is one job, however often it is created
        constraint jobs_external_ref_key unique (external_ref),
        constraint jobs_status_check check (status in ('DRAFT', 'OPEN', 'ASSIGNED', 'IN_PROGRESS', 'SUBMITTED', 'REVISION_REQUESTED',
          'COMPLETED', 'EXPIRED', 'CANCELED')),
        constraint jobs_authority_check check (authority in ('PARLEY', 'HOST')),
        -- somebody works on it, or nobody does; never the one who posted it
        constraint jobs_worker_check check (case when status in ('DRAFT', 'OPEN', 'EXPIRED') then worker_id is null
          when status = 'CANCELED' then true else worker_id is not null end and worker_id is distinct from poster_id),
        constraint jobs_title_check check (length(title) between 1 and 100),
        constraint jobs_description_check check (length(description) between 1 and 4000),
        constraint jobs_budget_check check (budget_minor between 1 and 1000000000000 and agreed_minor between 1 and 1000000000000),
        constraint jobs_currency_check check (currency ~ '^[A-Z]{3}$'),
        constraint jobs_schedule_check check (starts_at <= ends_at)
      );
      -- openJobs: the newest first
      create index jobs_open on jobs (id) where status = 'OPEN';

      -- apart from what everybody in the room may see
      create table job_contacts (
        job_id  uuid primary key references jobs on delete cascade,
        address text,
        phone   text,
        constraint job_contacts_address_check check (length(address) between 1 and 500),
        constraint job_contacts_phone_check check (length(phone) between 1 and 40)
      );

      create table job_offers (
        id           uuid primary key,
        room_id      uuid not null references rooms,
        status       text not null,
        version      int not null default 1,
        authority    text not null default 'PARLEY',
        external_ref text,
        host_version bigint,
        created_at   timestamptz not null default now(),
        updated_at   timestamptz not null default now(),
        job_id       uuid not null references jobs,
        poster_id    uuid not null references users,
        worker_id    uuid not null references users,
        amount_minor bigint not null,
        currency     text not null,
        expires_at   timestamptz not null,
        -- the host's offer is one offer, however often it is made
        constraint job_offers_external_ref_key unique (external_ref),
        constraint job_offers_status_check check (status in ('OPEN', 'ACCEPTED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')),
        constraint job_offers_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint job_offers_people_check check (worker_id <> poster_id),
        constraint job_offers_amount_check check (amount_minor between 1 and 1000000000000),
        constraint job_offers_currency_check check (currency ~ '^[A-Z]{3}$')
      );
      -- Job.offers, the newest first; the rooms of the bidders of a job
      create index job_offers_job on job_offers (job_id, id);
      -- Room.jobOffers, the newest first
      create index job_offers_room on job_offers (room_id, id);
      -- a bidder has one offer at a time
      create unique index job_offers_live on job_offers (job_id, worker_id) where status in ('OPEN', 'ACCEPTED');
      -- a job has one winner
      create unique index job_offers_winner on job_offers (job_id) where status = 'ACCEPTED';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table job_offers, job_contacts, jobs');
  }
}
