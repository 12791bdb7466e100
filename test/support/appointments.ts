import { newId } from '../../src/common/values/ids.js';
import { Appointment } from '../../src/integrations/appointments/appointment/appointment.entity.js';
import { ParticipantRole } from '../../src/policy/roles.js';
import type { Person, World } from './world.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Half an hour that begins so long from now. */
export const timeIn = (ms: number) => ({
  startAt: new Date(Date.now() + ms).toISOString(),
  endAt: new Date(Date.now() + ms + HOUR_MS / 2).toISOString(),
});

/** What a room of any kind is about, straight in the tables: an appointment that waits for an answer. */
export async function anAppointmentIn(
  world: World,
  roomId: string,
  pair: { practitioner: string; patient: string },
  text: string,
): Promise<{ appointment: string }> {
  const appointment = newId();
  await world.sql(
    `insert into appointments (id, room_id, status, practitioner_id, patient_id, start_at, end_at, mode, external_ref)
     values ($1, $2, 'PROPOSED', $3, $4, now(), now() + interval '1 hour', 'VIDEO', $5)`,
    [appointment, roomId, pair.practitioner, pair.patient, text],
  );
  return { appointment };
}

/** Appointments of these two in this state that have begun, each in a room of its own with these people; straight in the tables. */
export async function makeAppointments(
  world: World,
  people: Record<string, Person>,
  status: string,
  count: number,
): Promise<Appointment[]> {
  const made = Array.from({ length: count }, () => Object.assign(new Appointment(), { id: newId(), roomId: newId() }));
  const rooms = made.map(({ roomId }) => roomId);
  const seats = Object.entries(people).map(([name, { id }]) => ({ id, role: name in ParticipantRole ? name : PARTY_ROLES[name] }));
  const seated = seats.filter(({ role }) => role !== undefined);
  await world.sql(
    `insert into rooms (id, code, kind, status, title, participant_count)
     select id, 'APT-' || upper(right(id::text, 12)), 'APPOINTMENT', 'OPEN', 'A pair', $2 from unnest($1::uuid[]) as room(id)`,
    [rooms, seated.length],
  );
  await world.sql(
    `insert into participants (room_id, user_id, role, status)
     select room, person, role, 'ACTIVE' from unnest($1::uuid[]) room, unnest($2::uuid[], $3::text[]) as seat(person, role)`,
    [rooms, seated.map(({ id }) => id), seated.map(({ role }) => role)],
  );
  await world.sql(
    `insert into appointments (id, room_id, status, practitioner_id, patient_id, start_at, end_at, mode, contact_until)
     select id, room, $3, $4, $5, now() - interval '1 hour', now() + interval '1 hour', 'VIDEO',
       case when $3 in ('BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED') then now() + interval '1 day' end
     from unnest($1::uuid[], $2::uuid[]) as one(id, room)`,
    [made.map(({ id }) => id), rooms, status, people['THE_PRACTITIONER']!.id, people['THE_PATIENT']!.id],
  );
  return made;
}

const PARTY_ROLES: Record<string, string> = { THE_PRACTITIONER: 'PRACTITIONER', THE_PATIENT: 'PATIENT' };
