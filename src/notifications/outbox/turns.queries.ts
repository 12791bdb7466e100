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

const TOLD = {
  name: 'notifications_told',
  text: `update notifications n set told_sequence = greatest(n.told_sequence, at.sequence), head_sequence = greatest(n.head_sequence, at.sequence),
      is_shown = at.is_shown, is_over = false
    from unnest($3::uuid[], $4::bigint[], $5::boolean[]) as at(room_id, sequence, is_shown)
    where n.user_id = $1 and n.channel = $2 and n.room_id = at.room_id`,
};

/** What came meanwhile waits for the next turn; whatever it was, its time is not before `$4`. */
const LET_GO = {
  name: 'let_go_notification_turn',
  text: `
update notification_turns t set lease = null, leased_until = null, attempt = case when $5 then 0 else t.attempt end,
  told_at = case when $6 then $3 else t.told_at end,
  due_at = case when exists (
    select from notifications n where n.user_id = $1 and n.channel = $2 and (n.head_sequence > n.told_sequence or n.is_over)) then $4::timestamptz end
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
insert into notification_turns as t (user_id, channel, due_at) select distinct user_id, 'PUSH', $3::timestamptz from over order by user_id
on conflict (user_id, channel) do update set due_at = least(t.due_at, excluded.due_at)`,
};

export async function takeOff(connection: Connection, read: readonly { userId: string; roomId: string }[], now: Date): Promise<void> {
  await run(connection, OVER, [read.map(({ userId }) => userId), read.map(({ roomId }) => roomId), now]);
}
