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
  room_id: string;
  user_id: string;
  last_seen_at: Date | null;
  is_presence_hidden: boolean;
}

const CHANGED = {
  name: 'presence_changed',
  text: `
select p.room_id, u.id as user_id, u.last_seen_at, u.is_presence_hidden
from participants p join users u on u.id = p.user_id
where p.room_id = any($1) and p.status in ('ACTIVE', 'MUTED') and (u.presence_changed_at > $2
  or (not u.is_presence_hidden and u.last_seen_at > $2::timestamptz - $4::interval and u.last_seen_at <= $3::timestamptz - $4::interval))`,
};

/** People in these rooms who have come, gone or changed what they show, between two moments. */
export function presenceChanges(connection: Connection, roomIds: readonly string[], since: Date, now: Date): Promise<PresenceRow[]> {
  return run<PresenceRow>(connection, CHANGED, [roomIds, since, now, WINDOW]);
}

const HIDE = {
  name: 'presence_hide',
  text: `update users set is_presence_hidden = $2, presence_changed_at = $3 where id = $1 and is_presence_hidden <> $2`,
};

export async function setHidden(connection: Connection, userId: string, isHidden: boolean, now: Date): Promise<void> {
  await run(connection, HIDE, [userId, isHidden, now]);
}
