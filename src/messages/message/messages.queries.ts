import { type Connection, run } from '../../database/sql.js';
import { type Message, MessageKind } from '../../timeline/log/message.entity.js';
import { messageColumns, type MessageRow, toMessage } from '../../timeline/log/message.row.js';
import type { User } from '../../users/user.entity.js';
import { toUser, userColumns, type UserRow } from '../../users/users.queries.js';

const END = '9223372036854775807';

/** A cursor's place; for a cursor that names nothing the end that leaves nothing. */
const placeOf = (cursor: string, none: string, unknown: string) =>
  `case when ${cursor}::uuid is null then ${none} else coalesce((select case when c.room_id = $1 then c.sequence end from messages c where c.id = ${cursor}), ${unknown}) end`;

/** Each bound (cursors, dates, the reader's horizon) becomes a sequence first, so a page is one range, wherever in the history it lies. */
const RANGE = `m.room_id = $1
    and m.sequence > (select greatest($2::bigint, ${placeOf('$3', '0', END)}, case when $5::timestamptz is null then 0 else
      coalesce((select f.sequence - 1 from messages f where f.room_id = $1 and f.created_at >= $5 order by f.created_at, f.sequence limit 1), ${END}) end))
    and m.sequence < (select least(${placeOf('$4', END, '0')}, case when $6::timestamptz is null then ${END} else
      coalesce((select t.sequence + 1 from messages t where t.room_id = $1 and t.created_at < $6 order by t.created_at desc, t.sequence desc limit 1), 0) end))
    and ($5::timestamptz is null or m.created_at >= $5) and ($6::timestamptz is null or m.created_at < $6)`;

/** Texts are most of a room: the range of the primary key is read, and what is not asked for skipped. */
const OF_ALL = (order: 'asc' | 'desc') =>
  `select ${messageColumns('m')} from messages m where ${RANGE} and ($8::text[] is null or m.kind = any($8)) order by m.sequence ${order} limit $7`;

/** The other kinds are few among many: each is read from its own range of an index, a page at the most. */
const OF_SPECIAL = (order: 'asc' | 'desc') => `
  select found.* from (select distinct unnest($8::text[]) as kind) asked
  cross join lateral (select ${messageColumns('m')} from messages m where ${RANGE} and m.kind <> 'TEXT' and m.kind = asked.kind
    order by m.sequence ${order} limit $7) found
  order by found.sequence ${order} limit $7`;

/** One page, with the messages that it answers to. */
const page = (order: 'asc' | 'desc', kinds: 'all' | 'special') => ({
  name: `message_page_${order}_${kinds}`,
  text: `
with page as (${kinds === 'special' ? OF_SPECIAL(order) : OF_ALL(order)})
select shown.*, ${userColumns('u')}
from (
  select told.*, row_number() over (partition by sender_id) = 1 as tells_sender from (
    select page.*, false as is_quote from page
    union all
    select ${messageColumns('q')}, true from messages q where q.id in (select reply_to_id from page where reply_to_id is not null)
  ) told
) shown
left join users u on tells_sender and u.id = shown.sender_id`,
});

export const PAGES = {
  asc: { all: page('asc', 'all'), special: page('asc', 'special') },
  desc: { all: page('desc', 'all'), special: page('desc', 'special') },
};

export interface PageRequest {
  roomId: string;
  /** The reader sees nothing up to this sequence. */
  horizon: number;
  after: string | null;
  before: string | null;
  from: Date | null;
  to: Date | null;
  kinds: MessageKind[] | null;
  limit: number;
  /** From the newest backwards; the rows come in that order. */
  isBackward: boolean;
}

export interface Page {
  /** In the order of `sequence`. */
  messages: Message[];
  quotes: Message[];
  senders: User[];
}

interface PageRow extends MessageRow, Omit<UserRow, 'user_id'> {
  is_quote: boolean;
  /** Of the sender, where nobody before told them. */
  user_id: string | null;
}

export async function messagePage(connection: Connection, request: PageRequest): Promise<Page> {
  const { roomId, horizon, after, before, from, to, kinds, limit, isBackward } = request;
  const statement = PAGES[isBackward ? 'desc' : 'asc'][kinds && !kinds.includes(MessageKind.TEXT) ? 'special' : 'all'];
  const rows = await run<PageRow>(connection, statement, [roomId, horizon, after, before, from, to, limit, kinds]);
  const page: Page = { messages: [], quotes: [], senders: [] };
  for (const row of rows) {
    (row.is_quote ? page.quotes : page.messages).push(toMessage(row));
    if (row.user_id !== null) page.senders.push(toUser({ ...row, user_id: row.user_id }));
  }
  page.messages.sort((a, b) => a.sequence - b.sequence);
  return page;
}

const BY_IDS = { name: 'messages_by_ids', text: `select ${messageColumns('m')} from messages m where m.id = any($1)` };

export async function messagesByIds(connection: Connection, ids: readonly string[]): Promise<Message[]> {
  return (await run<MessageRow>(connection, BY_IDS, [ids])).map(toMessage);
}

const LOCKED = {
  name: 'message_for_update',
  text: `select ${messageColumns('m')} from messages m where m.id = $1 for update`,
};

export async function lockMessage(connection: Connection, roomId: string, id: string): Promise<Message | null> {
  const [row] = await run<MessageRow>(connection, LOCKED, [id]);
  return row?.room_id === roomId ? toMessage(row) : null;
}

const REACTIONS = {
  name: 'reactions_of',
  text: `select message_id, emoji, count(*) as count, bool_or(user_id = $2) as mine, min(created_at) as first
    from reactions where message_id = any($1) group by message_id, emoji order by first, emoji`,
};

export const reactionsOf = (connection: Connection, messageIds: readonly string[], userId: string) =>
  run<{ message_id: string; emoji: string; count: number; mine: boolean }>(connection, REACTIONS, [messageIds, userId]);

const READERS = {
  name: 'readers_of',
  text: `select k.message_id, p.user_id, first.at
    from unnest($1::uuid[], $2::bigint[], $3::uuid[]) k(room_id, sequence, message_id)
    join participants p on p.room_id = k.room_id and p.last_read_sequence >= k.sequence
    join users u on u.id = p.user_id and not u.is_reading_hidden
    cross join lateral (select r.at from read_receipts r where r.room_id = p.room_id and r.user_id = p.user_id
      and r.up_to_sequence >= k.sequence order by r.up_to_sequence limit 1) first
    order by first.at, p.user_id`,
};

/** Who has read which message, and when: the first act of reading that reached it. Not those who hide it. */
export const readersOf = (connection: Connection, messages: readonly Message[]) =>
  run<{ message_id: string; user_id: string; at: Date }>(connection, READERS, [
    messages.map((message) => message.roomId),
    messages.map((message) => message.sequence),
    messages.map((message) => message.id),
  ]);

const STATS = {
  name: 'room_stats',
  text: `
with special as (select kind, count(*) as count from messages where room_id = $1 and kind <> 'TEXT' group by kind)
select kind, count from special
union all select 'TEXT', r.last_sequence - coalesce((select sum(count) from special), 0)::bigint from rooms r where r.id = $1`,
};

/** Every message has a place, so texts are the places that the others leave: their number costs nothing. */
export const countByKind = (connection: Connection, roomId: string) =>
  run<{ kind: MessageKind; count: number }>(connection, STATS, [roomId]);
