import type { EntityManager } from 'typeorm';
import { newId } from '../../common/values/ids.js';
import { type Connection, run } from '../../database/sql.js';
import { Absence } from './absence.entity.js';

const UNTOLD = {
  name: 'untold_absence',
  text: `
select b.id from appointments a join absences b on b.practitioner_id = a.practitioner_id and b.from_at <= $3 and b.until_at > $3
where a.room_id = $1 and a.patient_id = $2 and not exists (select from absence_replies r where r.absence_id = b.id and r.room_id = $1)
limit 1`,
};

/** The absence of a patient's practitioner of which their room has not been told; null where there is none. */
export async function untoldAbsence(connection: Connection, roomId: string, patientId: string, now: Date): Promise<string | null> {
  const [row] = await run<{ id: string }>(connection, UNTOLD, [roomId, patientId, now]);
  return row?.id ?? null;
}

const HOLD = { name: 'hold_absence', text: 'select id from absences where id = $1 for share' };

/** It lasts as long as this transaction, and does not begin anew meanwhile; null when it is over. */
export async function holdAbsence(manager: EntityManager, id: string): Promise<Absence | null> {
  const [row] = await run(manager, HOLD, [id]);
  return row ? manager.findOneByOrFail(Absence, { id }) : null;
}

const REPLY = {
  name: 'reply_of_absence',
  text: `insert into absence_replies (id, absence_id, room_id) values ($1, $2, $3)
    on conflict (absence_id, room_id) do nothing returning id`,
};

/** Null when the room was told before. */
export async function keepReply(manager: EntityManager, absenceId: string, roomId: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(manager, REPLY, [newId(), absenceId, roomId]);
  return row?.id ?? null;
}

const LOCK_PERSON = { name: 'lock_absent_person', text: 'select id from users where id = $1 for no key update' };
const LOCK = { name: 'lock_absence', text: 'select id from absences where practitioner_id = $1 for update' };
const STAND_INS = {
  name: 'stand_ins_of_absence',
  text: 'select id, room_id from absence_replies where absence_id = $1 and has_stand_in order by room_id',
};

/** Who sets or ends the same absence takes turns. */
export async function lockAbsence(manager: EntityManager, practitionerId: string): Promise<Absence | null> {
  await run(manager, LOCK_PERSON, [practitionerId]);
  const [row] = await run<{ id: string }>(manager, LOCK, [practitionerId]);
  return row ? manager.findOneByOrFail(Absence, { id: row.id }) : null;
}

/** Where the delegate has a seat because of it, in the order in which rooms are locked. */
export const standInsOf = (manager: EntityManager, absenceId: string) =>
  run<{ id: string; room_id: string }>(manager, STAND_INS, [absenceId]);
