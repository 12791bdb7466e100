import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../../../database/sql.js';
import type { RoomStatus } from '../../../policy/roles.js';
import { directKeyOf } from '../../../rooms/room/direct-rooms.js';
import { toUser, type UserRow, userColumns } from '../../../users/users.queries.js';
import type { User } from '../../../users/user.entity.js';

export interface Pair {
  practitionerId: string;
  patientId: string;
}

/** A practitioner and a patient have one room; the same two the other way round have another one. */
export const pairKeyOf = ({ practitionerId, patientId }: Pair): string => `APPOINTMENT:${practitionerId}:${patientId}`;

const STANDING = {
  name: 'pair_standing',
  text: `select (select status from rooms where id = $1) as room_status,
    exists (select from appointments a where a.practitioner_id = $2 and a.patient_id = $3 and a.contact_until > $4) as is_contact`,
};

/** Under the room's lock: whether it is open, and whether an appointment makes its two people contacts. */
export async function standingOf(
  manager: EntityManager,
  { roomId, practitionerId, patientId }: Pair & { roomId: string },
  at: Date,
): Promise<{ roomStatus: RoomStatus; isContact: boolean }> {
  const [row] = await run<{ room_status: RoomStatus; is_contact: boolean }>(manager, STANDING, [roomId, practitionerId, patientId, at]);
  return { roomStatus: row!.room_status, isContact: row!.is_contact };
}

const DIRECT_STANDING = {
  name: 'direct_standing',
  text: `select status as room_status, closed_by, exists (
      select from appointments where contact_until > $4
        and (practitioner_id = $2 and patient_id = $3 or practitioner_id = $3 and patient_id = $2)
    ) as is_contact from rooms where id = $1`,
};

/** The same of their direct room, for which it does not matter who of the two is the practitioner. */
export async function directStandingOf(
  manager: EntityManager,
  { roomId, practitionerId, patientId }: Pair & { roomId: string },
  at: Date,
): Promise<{ roomStatus: RoomStatus; closedBy: string | null; isContact: boolean }> {
  const values = [roomId, practitionerId, patientId, at];
  const [row] = await run<{ room_status: RoomStatus; closed_by: string | null; is_contact: boolean }>(manager, DIRECT_STANDING, values);
  return { roomStatus: row!.room_status, closedBy: row!.closed_by, isContact: row!.is_contact };
}

/**
 * Contacts of $1 at $2: the other people of appointments that still count, each with the latest one. Not who was deactivated, and not where
 * one of the two is blocked, in the room of their appointments or in their direct one.
 */
const CONTACTS = `
  select distinct on (a.other_id) a.other_id, a.id, a.room_id, a.at, a.pair_key from (
    select patient_id as other_id, id, room_id, coalesce(start_at, created_at) as at,
      'APPOINTMENT:' || practitioner_id || ':' || patient_id as pair_key
    from appointments where practitioner_id = $1 and contact_until > $2
    union all
    select practitioner_id, id, room_id, coalesce(start_at, created_at), 'APPOINTMENT:' || practitioner_id || ':' || patient_id
    from appointments where patient_id = $1 and contact_until > $2
  ) a order by a.other_id, a.at desc, a.id desc`;

const UNBLOCKED = `not exists (
  select from rooms r join participants p on p.room_id = r.id
  where r.pair_key = any(array[c.pair_key, 'DIRECT:' || least($1::text collate "C", c.other_id::text) || ':' || greatest($1::text collate "C", c.other_id::text)])
    and p.user_id = any(array[$1, c.other_id]) and p.status = 'BLOCKED')`;

const AVAILABLE = {
  name: 'available_contacts',
  text: `
with contact as (${CONTACTS})
select ${userColumns('u')}, c.id as appointment_id, c.at, seat.room_id
from contact c join users u on u.id = c.other_id
left join lateral (
  select p.room_id from participants p join rooms r on r.id = p.room_id
  where p.room_id = c.room_id and p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null
) seat on true
where u.is_active and ${UNBLOCKED} and ($3::timestamptz is null or (c.at, c.id) < ($3, $4::uuid))
order by c.at desc, c.id desc limit $5`,
};

export interface ContactRow {
  user: User;
  appointmentId: string;
  /** When the latest appointment begins. */
  at: Date;
  /** Null where the viewer has no seat in it. */
  roomId: string | null;
}

/** Whom somebody may write to because of an appointment, the latest first. */
export async function availableContacts(
  connection: Connection,
  userId: string,
  now: Date,
  after: { at: string; id: string } | null,
  limit: number,
): Promise<ContactRow[]> {
  const values = [userId, now, after?.at ?? null, after?.id ?? null, limit];
  const rows = await run<UserRow & { appointment_id: string; at: Date; room_id: string | null }>(connection, AVAILABLE, values);
  return rows.map((row) => ({ user: toUser(row), appointmentId: row.appointment_id, at: row.at, roomId: row.room_id }));
}

/** There is a lock before there is a direct room: of who opens one and who loses the contact at once, the second sees what the first did. */
const LOCK_CONTACT = { name: 'lock_contact', text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))' };

export async function lockContact(connection: Connection, userId: string, otherId: string): Promise<void> {
  await run(connection, LOCK_CONTACT, [directKeyOf(userId, otherId)]);
}

const IS_CONTACT = {
  name: 'is_contact',
  text: `with contact as (${CONTACTS})
    select from contact c join users u on u.id = c.other_id where c.other_id = $3 and u.is_active and ${UNBLOCKED}`,
};

export async function areContacts(connection: Connection, userId: string, otherId: string, now: Date): Promise<boolean> {
  return (await run(connection, IS_CONTACT, [userId, now, otherId])).length > 0;
}

const TREATS = {
  name: 'treats',
  text: 'select 1 as found from appointments where practitioner_id = $1 and patient_id = $2 and contact_until > $3 limit 1',
};

/** Whether an appointment counts in which they are just this to each other: who is somebody's patient is not their practitioner. */
export const treats = async (connection: Connection, { practitionerId, patientId }: Pair, now: Date): Promise<boolean> =>
  (await run(connection, TREATS, [practitionerId, patientId, now])).length > 0;

const MINE = {
  name: 'my_appointments',
  text: `
select a.id from (
  select id, room_id, status from appointments where practitioner_id = $1
  union all
  select id, room_id, status from appointments where patient_id = $1
) a
join rooms r on r.id = a.room_id and r.deleted_at is null
join participants p on p.room_id = a.room_id and p.user_id = $1 and p.status in ('ACTIVE', 'MUTED')
where ($2::text[] is null or a.status = any($2)) and ($3::uuid is null or a.id < $3) order by a.id desc limit $4`,
};

/** Ids of somebody's own appointments, the newest first: ids ascend in time. */
export async function myAppointments(
  connection: Connection,
  userId: string,
  status: string[] | null,
  after: string | null,
  limit: number,
): Promise<string[]> {
  return (await run<{ id: string }>(connection, MINE, [userId, status, after, limit])).map(({ id }) => id);
}

const OF_ROOMS = {
  name: 'appointments_of_rooms',
  text: `select a.id from unnest($1::uuid[]) as wanted(room_id)
    cross join lateral (select id from appointments where room_id = wanted.room_id order by id desc limit $2) a`,
};

export async function newestOfRooms(connection: Connection, roomIds: readonly string[], limit: number): Promise<string[]> {
  return (await run<{ id: string }>(connection, OF_ROOMS, [roomIds, limit])).map(({ id }) => id);
}
