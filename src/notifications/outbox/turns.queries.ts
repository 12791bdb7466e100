import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../../database/sql.js';
import { READ_UP_TO } from '../../rooms/room/unread.queries.js';
import type { NotificationChannel } from '../../participants/notification-preferences.inputs.js';

/** Somebody whom this node tells now, unless it says nothing more until the lease ends. */
export interface Turn {
  user_id: string;
  channel: NotificationChannel;
  attempt: number;
  told_at: Date | null;
  lease: string;
}

const CLAIM = {
  name: 'claim_notification_turns',
  text: `
with due as materialized (
  select user_id, channel from notification_turns
  where due_at <= $1 and (leased_until is null or leased_until <= $1) and channel = $2
  order by due_at limit $3 for update skip locked
)
update notification_turns t set attempt = t.attempt + 1, leased_until = $4, lease = gen_random_uuid()
from due where t.user_id = due.user_id and t.channel = due.channel
returning t.user_id, t.channel, t.attempt, t.told_at, t.lease`,
};

export const claimTurns = (connection: Connection, channel: NotificationChannel, limit: number, now: Date, until: Date) =>
  run<Turn>(connection, CLAIM, [now, channel, limit, until]);

const HOLD = {
  name: 'hold_notification_turn',
  text: 'select lease from notification_turns where user_id = $1 and channel = $2 and lease = $3 for update',
};

/** What was read while it was on its way to a screen is over there. */
const TOLD = {
  name: 'notifications_told',
  text: `update notifications n set told_sequence = greatest(n.told_sequence, at.sequence), head_sequence = greatest(n.head_sequence, at.sequence),
      is_shown = at.is_shown, is_over = at.is_shown and ${READ_UP_TO} >= greatest(n.told_sequence, at.sequence)
    from unnest($3::uuid[], $4::bigint[], $5::boolean[]) as at(room_id, sequence, is_shown), participants p
    where n.user_id = $1 and n.channel = $2 and n.room_id = at.room_id and p.room_id = n.room_id and p.user_id = n.user_id`,
};

/** What came meanwhile waits for the next turn; whatever it was, its time is not before `$4`. */
const LET_GO = {
  name: 'let_go_notification_turn',
  text: `
update notification_turns t set lease = null, leased_until = null, attempt = case when $5 or not waiting.is_there then 0 else t.attempt end,
  told_at = case when $6 then $3 else t.told_at end,
  due_at = case when waiting.is_there then $4::timestamptz end
from (select exists (
  select from notifications n where n.user_id = $1 and n.channel = $2 and (n.head_sequence > n.told_sequence or n.is_over)) as is_there) waiting
where t.user_id = $1 and t.channel = $2`,
};

/** A room of which somebody knows now. */
export interface ToldRoom {
  roomId: string;
  /** Up to here. */
  sequence: number;
  /** Something of it stands on a screen. */
  isShown: boolean;
}

export interface Settled {
  rooms: readonly ToldRoom[];
  /** When what is left, or comes meanwhile, is told. */
  next: Date;
  /** False: it failed, and the count of attempts goes on. */
  isDone: boolean;
  hasTold: boolean;
}

/** Ends a turn, if it is still this node's. The turn is locked before anything is read, so that nothing that waits is overlooked. */
export async function settleTurn(tx: EntityManager, { user_id: userId, channel, lease }: Turn, settled: Settled, now: Date): Promise<void> {
  if ((await run(tx, HOLD, [userId, channel, lease])).length === 0) return;
  const { rooms, next, isDone, hasTold } = settled;
  const columns = [rooms.map((room) => room.roomId), rooms.map((room) => room.sequence), rooms.map((room) => room.isShown)];
  if (rooms.length > 0) await run(tx, TOLD, [userId, channel, ...columns]);
  await run(tx, LET_GO, [userId, channel, now, next, isDone, hasTold]);
}

/** Before anything of theirs, as whoever settles does: in the other order the two would wait for each other. */
const HOLD_READERS = {
  name: 'hold_readers_turns',
  text: `select user_id from notification_turns where user_id = any($1::uuid[]) and channel = 'PUSH' order by user_id for update`,
};

/** Whoever has read a room, and has something of it on a screen: it is to be taken off there, at once. */
const OVER = {
  name: 'notifications_over',
  text: `
with over as (
  update notifications n set is_over = true
  from unnest($1::uuid[], $2::uuid[]) as at(user_id, room_id), participants p
  where n.user_id = at.user_id and n.room_id = at.room_id and n.channel = 'PUSH' and n.is_shown and not n.is_over
    and p.room_id = n.room_id and p.user_id = n.user_id and ${READ_UP_TO} >= n.told_sequence
  returning n.user_id
)
update notification_turns t set due_at = least(t.due_at, $3::timestamptz) where t.channel = 'PUSH' and t.user_id in (select user_id from over)`,
};

export async function takeOff(tx: EntityManager, read: readonly { userId: string; roomId: string }[], now: Date): Promise<void> {
  const userIds = read.map(({ userId }) => userId);
  if ((await run(tx, HOLD_READERS, [userIds])).length === 0) return;
  await run(tx, OVER, [userIds, read.map(({ roomId }) => roomId), now]);
}
