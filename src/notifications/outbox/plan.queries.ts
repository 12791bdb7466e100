import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../../database/sql.js';
import type { RoomKind } from '../../rooms/room/room.entity.js';
import { READ_UP_TO } from '../../rooms/room/unread.queries.js';
import type { NotificationChannel } from '../../participants/notification-preferences.inputs.js';
import type { ToldRow } from './told.js';

/** Who has so many messages before them need not be told of those before: a room that nobody looked at for long costs no more than this. */
const LATEST = 200;

/** Rooms are locked in one order: two nodes that look at the same ones wait for each other, and the second finds nothing left. */
const POSITIONS = {
  name: 'notification_positions',
  text: `
with begun as (
  insert into notification_positions (room_id, sequence) select id, 0 from rooms where id = any($1::uuid[]) order by id on conflict do nothing
  returning room_id, sequence
), known as (
  select room_id, sequence from notification_positions where room_id = any($1) order by room_id for update
)
select * from begun union all select * from known`,
};

const NEWS = {
  name: 'notification_news',
  text: `
select r.id as room_id, r.kind as room_kind, r.last_sequence as head, m.*, parent.sender_id as answers, address.recipient_id as addressed_to
from unnest($1::uuid[], $2::bigint[]) as at(room_id, sequence)
join rooms r on r.id = at.room_id
left join lateral (
  select sequence, id, kind, sender_id, reply_to_id, deleted_at, created_at, metadata ->> 'actorId' as actor_id, metadata -> 'mentions' as mentions
  from messages where room_id = at.room_id and sequence > greatest(at.sequence, r.last_sequence - ${LATEST}) and sequence <= r.last_sequence
) m on true
left join messages parent on parent.id = m.reply_to_id
left join message_addresses address on address.message_id = m.id
order by r.id, m.sequence`,
};

/** A message that nobody was told of yet; without a sequence where a room has none. */
export interface NewsRow extends ToldRow {
  room_id: string;
  room_kind: RoomKind;
  head: number;
  sequence: number | null;
  deleted_at: Date | null;
  created_at: Date;
}

const SEATS = {
  name: 'notification_seats',
  text: `
select p.room_id, p.user_id, p.notification_preferences as of_room, coalesce(s.preferences, '{}') as preferences, ${READ_UP_TO} as read_up_to,
  u.email is not null as has_email, exists (select 1 from devices d where d.user_id = p.user_id) as has_device
from participants p join users u on u.id = p.user_id and u.is_active and u.role <> 'SERVICE'
left join notification_settings s on s.user_id = p.user_id
where p.room_id = any($1::uuid[]) and p.status in ('ACTIVE', 'MUTED')`,
};

/** Somebody who may be told, and what they said of that. */
export interface SeatRow {
  room_id: string;
  user_id: string;
  of_room: unknown;
  preferences: unknown;
  read_up_to: number;
  has_email: boolean;
  has_device: boolean;
}

const MOVE = {
  name: 'move_notification_positions',
  text: `update notification_positions p set sequence = at.sequence from unnest($1::uuid[], $2::bigint[]) as at(room_id, sequence)
    where p.room_id = at.room_id`,
};

/**
 * What waits already waits for more; where nothing waits, what lies between was not to be told. In one order, so that two nodes do not wait
 * for each other. Something new is told at its own time, also where what is older waits after a failure: that attempt does not count, or a
 * room in which much is said would use them up in a minute.
 */
const WAIT = {
  name: 'plan_notifications',
  text: `
with planned as materialized (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
    as planned(user_id, room_id, channel, told_sequence, head_sequence, due_at)
), waiting as (
  insert into notifications as n (user_id, room_id, channel, told_sequence, head_sequence)
  select user_id, room_id, channel, told_sequence, head_sequence from planned order by user_id, channel, room_id
  on conflict (user_id, channel, room_id) do update set head_sequence = greatest(n.head_sequence, excluded.head_sequence),
    told_sequence = case when n.head_sequence > n.told_sequence then n.told_sequence
      else greatest(n.told_sequence, excluded.told_sequence) end
)
insert into notification_turns as t (user_id, channel, due_at)
select user_id, channel, min(due_at) from planned group by user_id, channel order by user_id, channel
on conflict (user_id, channel) do update set due_at = least(t.due_at, excluded.due_at),
  attempt = case when excluded.due_at < t.due_at and t.lease is null then greatest(t.attempt - 1, 0) else t.attempt end`,
};

/** Something to tell somebody of a room, from a time on. */
export interface Planned {
  userId: string;
  roomId: string;
  channel: NotificationChannel;
  /** Everything up to here they know, or do not want to hear of. */
  toldSequence: number;
  headSequence: number;
  dueAt: Date;
}

export async function lockPositions(tx: EntityManager, roomIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await run<{ room_id: string; sequence: number }>(tx, POSITIONS, [roomIds]);
  return new Map(rows.map((row) => [row.room_id, row.sequence]));
}

/** Of each room the latest, in order; and one row without a message where there is none. */
export const newsOf = (tx: EntityManager, positions: ReadonlyMap<string, number>) =>
  run<NewsRow>(tx, NEWS, [[...positions.keys()], [...positions.values()]]);

export const seatsIn = (tx: EntityManager, roomIds: readonly string[]) => run<SeatRow>(tx, SEATS, [roomIds]);

export async function movePositions(tx: EntityManager, to: ReadonlyMap<string, number>): Promise<void> {
  await run(tx, MOVE, [[...to.keys()], [...to.values()]]);
}

export async function plan(tx: EntityManager, planned: readonly Planned[]): Promise<void> {
  if (planned.length === 0) return;
  const column = <Key extends keyof Planned>(key: Key) => planned.map((one) => one[key]);
  await run(tx, WAIT, [
    ...[column('userId'), column('roomId'), column('channel')],
    ...[column('toldSequence'), column('headSequence'), column('dueAt')],
  ]);
}

const SWEEP = {
  name: 'notification_sweep',
  text: `
with page as materialized (
  select id, last_sequence from rooms where ($1::uuid is null or id < $1) order by id desc limit $2
)
select (select id from page order by id limit 1) as last, count(*)::int as size,
  coalesce(array_agg(page.id) filter (where page.last_sequence > coalesce(p.sequence, 0)), '{}') as behind
from page left join notification_positions p on p.room_id = page.id`,
};

/** The next rooms in the round, from the newest to the oldest: those that nobody looked at. `next` is null when the round is over. */
export async function sweepRooms(
  connection: Connection,
  before: string | null,
  limit: number,
): Promise<{ behind: string[]; next: string | null }> {
  const [row] = await run<{ last: string | null; size: number; behind: string[] }>(connection, SWEEP, [before, limit]);
  return row ? { behind: row.behind, next: row.size === limit ? row.last : null } : { behind: [], next: null };
}
