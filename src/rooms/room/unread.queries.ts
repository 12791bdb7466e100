import { type Connection, run } from '../../database/sql.js';
import type { RoomKind } from './room.entity.js';

/** Up to here nothing is unread for participant p: they have read it and not marked it as unread since, or may not see it. */
export const READ_UP_TO = 'greatest(coalesce(p.unread_after_sequence, p.last_read_sequence), p.history_from_sequence)';

/** What of a message counts as unread for participant p: by others, not deleted, not a notice, and later than that. */
export const COUNTS = `m.room_id = p.room_id and m.sequence > ${READ_UP_TO}
  and m.kind <> 'SYSTEM' and m.deleted_at is null and m.sender_id is distinct from p.user_id`;

/** Derived, never counted: a range of the primary key that starts at the position. Nothing where that is the head, 1,000 at most. */
export const UNREAD = `(select count(*) as unread, min(sequence) as first_unread from (
    select m.sequence from messages m where r.last_sequence > ${READ_UP_TO} and ${COUNTS} order by m.sequence limit 1000) counted)`;

const UNREAD_BY_KIND = {
  name: 'unread_by_kind',
  text: `select r.kind, sum(mine.unread)::int as count from participants p join rooms r on r.id = p.room_id cross join lateral ${UNREAD} mine
    where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and r.status <> 'ARCHIVED'
      and r.last_sequence > ${READ_UP_TO}
    group by r.kind`,
};

export const unreadByKind = (connection: Connection, userId: string) =>
  run<{ kind: RoomKind; count: number }>(connection, UNREAD_BY_KIND, [userId]);

const UNREAD_BY_ROOM = {
  name: 'unread_by_room',
  text: `select p.room_id, r.kind, p.last_read_sequence, mine.unread from participants p join rooms r on r.id = p.room_id
    cross join lateral ${UNREAD} mine
    where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and r.status <> 'ARCHIVED'`,
};

/** The same room by room, for who goes on counting. */
export const unreadByRoom = (connection: Connection, userId: string) =>
  run<{ room_id: string; kind: RoomKind; last_read_sequence: number; unread: number }>(connection, UNREAD_BY_ROOM, [userId]);

/**
 * Some pages of the table at random, and of their participants those in rooms that are quickly read. From scratch: every message of the
 * room is looked at, and nothing is taken from the head of the room.
 */
const DRIFT = {
  name: 'unread_drift',
  text: `
with sample as materialized (
  select p.* from participants p tablesample system (
    (select least(100, 20000.0 / greatest(reltuples, 1)) from pg_class where oid = 'participants'::regclass))
  join rooms r on r.id = p.room_id
  where p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and r.last_sequence <= 2000 limit 20
), counts as (
  select mine.unread as derived,
    (select least(1000, count(*) filter (where m.kind <> 'SYSTEM' and m.deleted_at is null and m.sender_id is distinct from p.user_id
        and (m.sequence > p.last_read_sequence or m.sequence > p.unread_after_sequence) and m.sequence > p.history_from_sequence))
      from messages m where m.room_id = p.room_id) as counted
  from sample p join rooms r on r.id = p.room_id cross join lateral ${UNREAD} mine
)
select count(*)::int as checked, count(*) filter (where derived <> counted)::int as wrong from counts`,
};

/** How many unread counts were compared with a count over the log, and how many were not the same. */
export async function driftInSample(connection: Connection): Promise<{ checked: number; wrong: number }> {
  const [row] = await run<{ checked: number; wrong: number }>(connection, DRIFT, []);
  return row ?? { checked: 0, wrong: 0 };
}
