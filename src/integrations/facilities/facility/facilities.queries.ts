import type { EntityManager } from 'typeorm';
import { ParleyError } from '../../../common/errors/errors.js';
import { isId } from '../../../common/values/ids.js';
import { type Connection, run } from '../../../database/sql.js';
import type { FacilityRole } from './facility.entity.js';

const ROLE = {
  name: 'facility_role',
  text: 'select role from facility_members where facility_id = $1 and user_id = $2 and until_at is null',
};

const KEEP_ROLE = { name: 'keep_facility_role', text: `${ROLE.text} for share` };

/** What somebody is there now; null: they do not belong to it. */
export async function roleIn(connection: Connection, facilityId: string, userId: string): Promise<FacilityRole | null> {
  const [row] = await run<{ role: FacilityRole }>(connection, ROLE, [facilityId, userId]);
  return row?.role ?? null;
}

/** The same, and it stays so until the end of the transaction: whoever wants to end it waits, and sees what was done because of it. */
export async function keepRoleIn(connection: Connection, facilityId: string, userId: string): Promise<FacilityRole | null> {
  const [row] = await run<{ role: FacilityRole }>(connection, KEEP_ROLE, [facilityId, userId]);
  return row?.role ?? null;
}

const STANDINGS = {
  name: 'facility_standings',
  text: `
select f.id as facility_id, f.room_id = $1 as is_main_room,
  (select role from facility_members where facility_id = f.id and user_id = $2 and until_at is null) as role,
  (select role from facility_members where facility_id = f.id and user_id = $3 and until_at is null) as actors_role,
  exists (select from users where id = $2 and role <> 'USER') as is_platform_staff
from rooms r join facilities f on f.room_id = r.id or f.id = (select facility_id from studies where room_id = $1 limit 1)
where r.id = $1 and r.kind = 'FACILITY'`,
};

interface Standings {
  facility_id: string;
  is_main_room: boolean;
  role: FacilityRole | null;
  actors_role: FacilityRole | null;
  is_platform_staff: boolean;
}

/** What two people are now in the facility whose room this is, or the room of whose study; undefined for any other room. */
export async function standingsIn(connection: Connection, roomId: string, userId: string, actorId: string): Promise<Standings | undefined> {
  const [row] = isId(userId) ? await run<Standings>(connection, STANDINGS, [roomId, userId, actorId]) : [];
  return row;
}

const MAIN_ROOM = {
  name: 'main_room',
  text: `select is_active, (select role from facility_members where facility_id = f.id and user_id = $2 and until_at is null) as role
    from facilities f where room_id = $1`,
};

/** The facility whose main room this is, and what somebody is in it; undefined for any other room. */
export async function mainRoomOf(connection: Connection, roomId: string, userId: string) {
  const [row] = await run<{ is_active: boolean; role: FacilityRole | null }>(connection, MAIN_ROOM, [roomId, userId]);
  return row;
}

const ACTIVE = { name: 'active_facility', text: 'select 1 as active from facilities where id = $1 and is_active' };

export const isActive = async (connection: Connection, facilityId: string): Promise<boolean> =>
  (await run(connection, ACTIVE, [facilityId])).length > 0;

/** Under the lock of its main room. @throws CONFLICT */
export async function requireActive(connection: Connection, facilityId: string): Promise<void> {
  if (!(await isActive(connection, facilityId))) throw new ParleyError('CONFLICT', 'This facility is no longer active');
}

const SHARE = {
  name: 'share_a_facility',
  text: `select from facility_members mine join facility_members theirs on theirs.facility_id = mine.facility_id and theirs.until_at is null
    join facilities f on f.id = mine.facility_id and f.is_active
    where mine.user_id = $1 and mine.until_at is null and theirs.user_id = $2 limit 1`,
};

/** Whether two people belong to one active facility. */
export async function shareFacility(connection: Connection, userId: string, otherId: string): Promise<boolean> {
  return (await run(connection, SHARE, [userId, otherId])).length > 0;
}

const JOIN = {
  name: 'join_facility',
  text: `insert into facility_members (facility_id, user_id, role, from_at) values ($1, $2, $3, clock_timestamp())
    on conflict (facility_id, user_id) where until_at is null do update set role = excluded.role`,
};
const LEAVE = {
  name: 'leave_facility',
  text: 'update facility_members set until_at = clock_timestamp() where facility_id = $1 and user_id = $2 and until_at is null returning role',
};

/** Who belongs to it already has this role from now on. */
export async function joinFacility(manager: EntityManager, facilityId: string, userId: string, role: FacilityRole): Promise<void> {
  await run(manager, JOIN, [facilityId, userId, role]);
}

/** False where they did not belong to it. */
export async function leaveFacility(manager: EntityManager, facilityId: string, userId: string): Promise<boolean> {
  return (await run(manager, LEAVE, [facilityId, userId])).length > 0;
}

const IS_STAFF = { name: 'is_platform_staff', text: `select 1 as is_staff from users where id = $1 and role <> 'USER'` };

/** They may have a seat in a facility to which they do not belong. */
export const isPlatformStaff = async (connection: Connection, userId: string): Promise<boolean> =>
  (await run(connection, IS_STAFF, [userId])).length > 0;

const ROOMS = {
  name: 'rooms_of_facility_member',
  text: `select r.id from participants p join rooms r on r.id = p.room_id
    where p.user_id = $2 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null
      and (r.id = (select room_id from facilities where id = $1) or exists (select from studies s where s.room_id = r.id and s.facility_id = $1))
    order by r.id`,
};

/** The rooms of a facility and its studies in which somebody has a seat, in the order in which rooms are locked. */
export async function roomsOfMember(manager: EntityManager, facilityId: string, userId: string): Promise<string[]> {
  return (await run<{ id: string }>(manager, ROOMS, [facilityId, userId])).map(({ id }) => id);
}

const MEMBERS = {
  name: 'members_of_facilities',
  text: `select facility_id, user_id, role, from_at from facility_members where facility_id = any($1) and until_at is null order by from_at, user_id`,
};

export const membersOf = (connection: Connection, facilityIds: readonly string[]) =>
  run<{ facility_id: string; user_id: string; role: FacilityRole; from_at: Date }>(connection, MEMBERS, [facilityIds]);

const MINE = {
  name: 'my_facilities',
  text: `select f.id from facility_members m join facilities f on f.id = m.facility_id
    where m.user_id = $1 and m.until_at is null order by f.name, f.id limit $2`,
};

export async function myFacilities(connection: Connection, userId: string, limit: number): Promise<string[]> {
  return (await run<{ id: string }>(connection, MINE, [userId, limit])).map(({ id }) => id);
}

/** Facilities first, then people, each by name. */
const TARGETS = {
  name: 'message_targets',
  text: `
with mine as materialized (
  select f.id, f.name from facilities f where f.is_active
    and ($2 or exists (select from facility_members m where m.facility_id = f.id and m.user_id = $1 and m.until_at is null))
), target as (
  select 'FACILITY' as kind, name collate "C" as name, id from mine
  union
  select 'PERSON', u.display_name collate "C", u.id
  from mine join facility_members m on m.facility_id = mine.id and m.until_at is null join users u on u.id = m.user_id
  where u.is_active and u.id <> $1
)
select kind, name, id from target where $3::text is null or (kind, name, id) > ($3, $4::text collate "C", $5::uuid)
order by kind, name, id limit $6`,
};

export interface TargetRow {
  kind: 'FACILITY' | 'PERSON';
  name: string;
  id: string;
}

/** Whom somebody may address: their facilities and the people there; an administrator all of them. */
export const messageTargets = (
  connection: Connection,
  viewer: { userId: string; isAdmin: boolean },
  after: readonly string[],
  limit: number,
) => run<TargetRow>(connection, TARGETS, [viewer.userId, viewer.isAdmin, after[0] ?? null, after[1] ?? null, after[2] ?? null, limit]);

const ADDRESSES = {
  name: 'addresses_of_messages',
  text: 'select message_id, recipient_id, facility_id from message_addresses where message_id = any($1)',
};

interface AddressRow {
  message_id: string;
  recipient_id: string | null;
  facility_id: string | null;
}

/** To whom messages were addressed; of those that were not there is none. */
export const addressesOf = (connection: Connection, messageIds: readonly string[]) => run<AddressRow>(connection, ADDRESSES, [messageIds]);
