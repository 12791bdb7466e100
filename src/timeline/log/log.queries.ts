import { type Connection, run } from '../../database/sql.js';
import type { LogPage, Reader } from '../../live/hub/log.js';
import { MessageAdded, MessageChanged } from './entry.js';
import { messageColumns, type MessageRow, toMessage } from './message.row.js';

/**
 * What changed after a revision, with the head of the room in the same snapshot. Both halves are ranges of an index that start at
 * the revision. The second one is bounded by the first: where a page is full of additions, later changes belong to a later page,
 * and a long quiet stretch of the log is not read in search of them.
 */
const READ_LOG = {
  name: 'read_log',
  text: `
with added as (
  select ${messageColumns('m')}, m.created_revision as at
  from messages m where m.room_id = $1 and m.created_revision > $2 order by m.created_revision limit $3
), changed as (
  select ${messageColumns('m')}, m.revision as at
  from messages m where m.room_id = $1 and m.revision > $2 and m.revision > m.created_revision
    and m.revision <= (select case when count(*) = $3 then max(at) else 9223372036854775807 end from added)
  order by m.revision limit $3
)
select r.revision as head, r.deleted_at is not null as is_gone, p.status, coalesce(p.history_from_sequence, 0) as horizon, entry.*
from rooms r
left join participants p on p.room_id = r.id and p.user_id = $4
left join (select * from added union all select * from changed order by at limit $3) entry on true
where r.id = $1
order by entry.at`,
};

interface Row extends Omit<MessageRow, 'id'> {
  id: string | null;
  at: number;
  head: number;
  is_gone: boolean;
  status: string | null;
  horizon: number;
}

/** One statement, whatever there is to tell. */
export async function readLog(connection: Connection, roomId: string, after: number, limit: number, reader?: Reader): Promise<LogPage> {
  const rows = await run<Row>(connection, READ_LOG, [roomId, after, limit, reader?.userId ?? null]);
  const first = rows[0];
  if (!first) return { head: 0, entries: [], hasMore: false, access: null };
  const entries = rows.flatMap((row) => {
    if (row.id === null) return [];
    const message = toMessage({ ...row, id: row.id });
    return row.at === row.created_revision ? new MessageAdded(message) : new MessageChanged(message);
  });
  const isInside = first.status === 'ACTIVE' || first.status === 'MUTED' || (reader?.isVisitor && first.status !== 'BLOCKED');
  return {
    head: first.head,
    entries,
    hasMore: entries.length === limit,
    access: isInside && !first.is_gone ? { horizon: first.horizon } : null,
  };
}
