import type { MigrationInterface, QueryRunner } from 'typeorm';

const KINDS = `'ORDER_UPDATE', 'DELIVERY_UPDATE', 'PAYMENT', 'DISPUTE', 'JOB_UPDATE', 'APPOINTMENT', 'SYSTEM_UPLOAD'`;

const changeKinds = (ofSteps: string) => `
  alter table messages drop constraint messages_kind_check;
  alter table messages add constraint messages_kind_check check (kind in ('TEXT', 'IMAGE', 'FILE', 'SYSTEM', ${ofSteps}));
  drop trigger messages_transition on messages;
  create constraint trigger messages_transition after insert on messages deferrable initially deferred for each row
    when (new.kind in (${ofSteps})) execute function require_transition();`;

export class Facilities1795219200013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table facilities (
        id           uuid primary key,
        room_id      uuid not null references rooms,
        name         text not null,
        is_active    boolean not null default true,
        external_ref text,
        created_at   timestamptz not null default now(),
        -- a facility has one main room
        constraint facilities_room_id_key unique (room_id),
        -- the host's facility is one facility, however often it is announced
        constraint facilities_external_ref_key unique (external_ref),
        constraint facilities_name_check check (length(name) between 1 and 200)
      );

      create table facility_members (
        facility_id uuid not null references facilities on delete cascade,
        user_id     uuid not null references users,
        role        text not null,
        from_at     timestamptz not null,
        until_at    timestamptz,
        primary key (facility_id, user_id, from_at),
        constraint facility_members_role_check check (role in ('RADIOLOGIST', 'TECHNICIAN', 'CLINICIAN', 'FACILITY_ADMIN', 'MEMBER')),
        constraint facility_members_interval_check check (until_at >= from_at)
      );
      -- who belongs to a facility now, and as what; one role at a time
      create unique index facility_members_now on facility_members (facility_id, user_id) where until_at is null;
      -- myFacilities, messageTargets, and whether two people share a facility
      create index facility_members_user on facility_members (user_id, facility_id) where until_at is null;

      create table studies (
        id                 uuid primary key,
        room_id            uuid not null references rooms,
        status             text not null,
        version            int not null default 1,
        authority          text not null default 'PARLEY',
        external_ref       text,
        host_version       bigint,
        created_at         timestamptz not null default now(),
        updated_at         timestamptz not null default now(),
        facility_id        uuid not null references facilities,
        study_uid          text not null,
        accession          text,
        modality           text,
        -- sealed with SECRETS_KEY
        patient_ref_sealed text,
        uploaded_by        uuid references users,
        series_count       int not null default 0,
        instance_count     int not null default 0,
        -- a study is registered once, wherever it is announced
        constraint studies_study_uid_key unique (study_uid),
        constraint studies_external_ref_key unique (external_ref),
        constraint studies_status_check check (status in ('UPLOADING', 'RECEIVED', 'AVAILABLE', 'REPORTED', 'FAILED', 'CANCELLED',
          'ENTERED_IN_ERROR')),
        constraint studies_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint studies_uid_check check (length(study_uid) between 1 and 64),
        constraint studies_counts_check check (series_count >= 0 and instance_count >= 0)
      );
      -- the rooms of a facility's studies, when somebody leaves it
      create index studies_facility on studies (facility_id, room_id);

      create table message_addresses (
        message_id   uuid primary key references messages (id) on delete cascade,
        recipient_id uuid references users,
        facility_id  uuid references facilities,
        constraint message_addresses_one_check check (num_nonnulls(recipient_id, facility_id) = 1)
      );
      ${changeKinds(`${KINDS}, 'STUDY_UPDATE'`)}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table message_addresses, studies, facility_members, facilities; ${changeKinds(KINDS)}`);
  }
}
