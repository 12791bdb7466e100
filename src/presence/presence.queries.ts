import { type Connection, run } from '../database/sql.js';

/** How long somebody counts as online after they were last seen; a connection is a sighting that lasts. */
export const ONLINE_MS = 5 * 60_000;

export const isOnlineAt = (lastSeenAt: Date | null, now: Date): boolean =>
  lastSeenAt !== null && now.getTime() - lastSeenAt.getTime() < ONLINE_MS;

/** Rows are locked in one order, so that two nodes that have seen the same people do not wait for each other. */
const SAW = {
  name: 'presence_saw',
  text: `
with seen as materialized (
  select u.id, s.at from unnest($1::uuid[], $2::timestamptz[]) as s(id, at) join users u on u.id = s.id order by u.id for no key update of u
)
update users u set last_seen_at = greatest(u.last_seen_at, s.at),
  presence_changed_at = case when not u.is_presence_hidden and (u.last_seen_at is null or u.last_seen_at <= $3::timestamptz - $4::interval)
    then $3 else u.presence_changed_at end
from seen s where u.id = s.id
returning u.presence_changed_at = $3 as has_come`,
};

const WINDOW = `${ONLINE_MS} milliseconds`;

/** Writes down when people were seen. Whether one of them was offline until now. */
export async function writeSeen(connection: Connection, seen: ReadonlyMap<string, Date>, now: Date): Promise<boolean> {
  const rows = await run<{ has_come: boolean | null }>(connection, SAW, [[...seen.keys()], [...seen.values()], now, WINDOW]);
  return rows.some((row) => row.has_come);
}

export interface PresenceRow {
  user_id: string;
  last_seen_at: Date | null;
  is_presence_hidden: boolean;
  /** Of the rooms that were asked for, those where they have a seat. */
  room_ids: string[];
  /** Of the listeners that were asked for, those who share a room with them. */
  listener_ids: string[];
}

/**
 * Begins with the few who have changed, and looks into their rooms one by one, so that it costs the same however many rooms and listeners
 * wait: `offset 0` keeps PostgreSQL from looking up each of those instead. A range with two ends it takes to be narrow, whatever the
 * values.
 */
const CHANGED = {
  name: 'presence_changed',
  text: `
with changed as materialized (
  select id, last_seen_at, is_presence_hidden from users
  where (presence_changed_at > $3 and presence_changed_at < $4::timestamptz + interval '1 day')
    or (not is_presence_hidden and last_seen_at > $3::timestamptz - $5::interval and last_seen_at <= $4::timestamptz - $5::interval)
)
select u.id as user_id, u.last_seen_at, u.is_presence_hidden,
  array(select seat.room_id
    from (select room_id from participants where user_id = u.id and status in ('ACTIVE', 'MUTED') offset 0) seat
    where seat.room_id = any($1)) as room_ids,
  array(select distinct other.user_id
    from (select p.room_id from participants p join rooms r on r.id = p.room_id
      where p.user_id = u.id and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null) seat
    cross join lateral (select user_id, status from participants where room_id = seat.room_id offset 0) other
    where other.user_id = any($2) and other.user_id <> u.id and other.status in ('ACTIVE', 'MUTED')) as listener_ids
from changed u`,
};

/** Who has come, gone or changed what they show between two moments, and which of these rooms and listeners are to hear of it. */
export function presenceChanges(
  connection: Connection,
  audience: { roomIds: readonly string[]; listenerIds: readonly string[] },
  since: Date,
  now: Date,
): Promise<PresenceRow[]> {
  return run<PresenceRow>(connection, CHANGED, [audience.roomIds, audience.listenerIds, since, now, WINDOW]);
}

const SHARED = {
  name: 'presence_shared',
  text: `
select person.id from unnest($2::uuid[]) person(id)
where exists (select 1 from participants mine
  join rooms r on r.id = mine.room_id and r.deleted_at is null
  join participants theirs on theirs.room_id = mine.room_id and theirs.user_id = person.id and theirs.status in ('ACTIVE', 'MUTED')
  where mine.user_id = $1 and mine.status in ('ACTIVE', 'MUTED'))`,
};

/** Those of some people who share a room with this one. */
export async function sharingRoomWith(connection: Connection, userId: string, others: readonly string[]): Promise<string[]> {
  return (await run<{ id: string }>(connection, SHARED, [userId, others])).map(({ id }) => id);
}

const HIDE = {
  name: 'presence_hide',
  text: `update users set is_presence_hidden = $2, presence_changed_at = $3 where id = $1 and is_presence_hidden <> $2`,
};

export async function setHidden(connection: Connection, userId: string, isHidden: boolean, now: Date): Promise<void> {
  await run(connection, HIDE, [userId, isHidden, now]);
}
