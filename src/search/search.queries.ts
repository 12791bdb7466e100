import { type Connection, run } from '../database/sql.js';
import type { Message, MessageKind } from '../timeline/log/message.entity.js';
import { messageColumns, type MessageRow, toMessage } from '../timeline/log/message.row.js';

/** Around a match in an excerpt; control characters that no keyboard types. */
export const MATCH_START = '\u0001';
export const MATCH_END = '\u0002';

/**
 * The words of the text, each as the beginning of a word, in one of the rooms that the person is in and may look at. Room and words
 * are one query of one index, so what others say elsewhere costs nothing. The excerpt is made for the page alone.
 */
const SEARCH = {
  name: 'search_messages',
  text: `
with mine as materialized (
  select p.room_id, p.history_from_sequence as horizon from participants p join rooms r on r.id = p.room_id
  where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and ($3::uuid is null or p.room_id = $3)
), words as materialized (
  select regexp_replace(plainto_tsquery('simple', $2)::text, '''(?= & |$)', ''':*', 'g')::tsquery as query
), page as (
  select ${messageColumns('m')}
  from messages m join mine on mine.room_id = m.room_id
  where (to_tsvector('simple', m.content) || array_to_tsvector(array[m.room_id::text])) @@ (
      select words.query && (select string_agg('''' || room_id || '''', ' | ')::tsquery from mine) from words where numnode(words.query) > 0
    )
    and m.content is not null and m.kind <> 'SYSTEM' and m.sequence > mine.horizon
    and ($4::text[] is null or m.kind = any($4)) and ($5::uuid is null or m.sender_id = $5)
    and ($6::timestamptz is null or m.created_at >= $6) and ($7::timestamptz is null or m.created_at < $7)
    and ($8::timestamptz is null or (m.created_at, m.id) < ($8, $9::uuid))
  order by m.created_at desc, m.id desc limit $10
)
select page.*, ts_headline('simple', page.content, words.query,
  'StartSel=${MATCH_START}, StopSel=${MATCH_END}, MinWords=5, MaxWords=25, ShortWord=0, MaxFragments=2, FragmentDelimiter=" … "') as excerpt
from page cross join words
order by page.created_at desc, page.id desc`,
};

export interface SearchRequest {
  userId: string;
  text: string;
  roomId: string | null;
  kinds: MessageKind[] | null;
  senderId: string | null;
  from: Date | null;
  to: Date | null;
  after: { at: string; id: string } | null;
  limit: number;
}

export interface Found {
  message: Message;
  excerpt: string;
}

export async function searchMessages(connection: Connection, request: SearchRequest): Promise<Found[]> {
  const { userId, text, roomId, kinds, senderId, from, to, after, limit } = request;
  const values = [userId, text, roomId, kinds, senderId, from, to, after?.at ?? null, after?.id ?? null, limit];
  const rows = await run<MessageRow & { excerpt: string }>(connection, SEARCH, values);
  return rows.map((row) => ({ message: toMessage(row), excerpt: row.excerpt }));
}
