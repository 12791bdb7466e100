import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Absences1795219200016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table absences (
        id              uuid primary key,
        practitioner_id uuid not null references users,
        delegate_id     uuid references users,
        from_at         timestamptz not null,
        until_at        timestamptz not null,
        note            text,
        created_at      timestamptz not null default now(),
        -- myAbsence, and whether a patient's practitioner is away: one at a time
        constraint absences_practitioner_id_key unique (practitioner_id),
        constraint absences_times_check check (from_at < until_at),
        constraint absences_delegate_check check (delegate_id <> practitioner_id),
        constraint absences_note_check check (char_length(note) between 1 and 500)
      );
      create table absence_replies (
        id           uuid primary key,
        absence_id   uuid not null references absences on delete cascade,
        room_id      uuid not null references rooms on delete cascade,
        -- the delegate has got a seat by it, and loses it with the absence
        has_stand_in boolean not null default false,
        -- a room is told once, however many messages come in
        constraint absence_replies_absence_id_room_id_key unique (absence_id, room_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table absence_replies, absences');
  }
}
