import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Appointments1795219200012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table appointments (
        id                  uuid primary key,
        room_id             uuid not null references rooms,
        status              text not null,
        version             int not null default 1,
        authority           text not null default 'PARLEY',
        external_ref        text,
        host_version        bigint,
        created_at          timestamptz not null default now(),
        updated_at          timestamptz not null default now(),
        practitioner_id     uuid not null references users,
        patient_id          uuid not null references users,
        start_at            timestamptz,
        end_at              timestamptz,
        mode                text not null,
        -- sealed with SECRETS_KEY
        reason_sealed       text,
        rescheduled_from_id uuid references appointments,
        contact_until       timestamptz,
        -- the host's appointment is one appointment, however often it is announced
        constraint appointments_external_ref_key unique (external_ref),
        -- Appointment.rescheduledTo; one is moved once
        constraint appointments_rescheduled_from_id_key unique (rescheduled_from_id),
        constraint appointments_status_check check (status in ('PROPOSED', 'PENDING', 'BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED',
          'CANCELLED', 'NOSHOW', 'WAITLIST', 'ENTERED_IN_ERROR')),
        constraint appointments_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint appointments_mode_check check (mode in ('IN_PERSON', 'VIDEO', 'CHAT')),
        constraint appointments_people_check check (practitioner_id <> patient_id),
        constraint appointments_times_check check ((start_at is null) = (end_at is null) and end_at > start_at
          and (start_at is not null or status in ('WAITLIST', 'CANCELLED', 'ENTERED_IN_ERROR'))),
        constraint appointments_contact_check check ((contact_until is not null) = (status in ('BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED')))
      );
      -- Room.appointments, the newest first
      create index appointments_room on appointments (room_id, id desc);
      -- appointments: those of a practitioner, the newest first
      create index appointments_practitioner on appointments (practitioner_id, id desc);
      -- appointments: those of a patient, the newest first
      create index appointments_patient on appointments (patient_id, id desc);
      -- availableContacts of a practitioner: the appointments that still count
      create index appointments_contacts_of_practitioner on appointments (practitioner_id, contact_until) where contact_until is not null;
      -- availableContacts of a patient, and whether a pair has a contact
      create index appointments_contacts_of_patient on appointments (patient_id, contact_until) where contact_until is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table appointments');
  }
}
