import { type Connection, run } from '../../../database/sql.js';
import { isAsKnown, type Result } from './attempt.queries.js';
import { type Claimed, sweeping } from './dispatch.queries.js';

/**
 * Whose reading endpoints are told, and what of it: the latest act of each person in room r, no later in the room than `upTo`. All that is
 * told of reading is selected here, and nothing of who hides it.
 */
const READINGS = (upTo: string) => `
  select p.user_id, latest.up_to_sequence, latest.at
  from participants p
  join users u on u.id = p.user_id and not u.is_reading_hidden
  cross join lateral (
    select a.up_to_sequence, a.at from read_receipts a
    where a.room_id = p.room_id and a.user_id = p.user_id and a.up_to_sequence <= ${upTo}
    order by a.up_to_sequence desc limit 1
  ) latest
  where p.room_id = r.id`;

/** Those that endpoint e does not know of, and that do not wait for another attempt at $3. */
const UNTOLD = (upTo: string) => `
  lateral (${READINGS(upTo)}) reading
  left join webhook_reads w on w.room_id = r.id and w.endpoint_id = e.id and w.user_id = reading.user_id
  where reading.up_to_sequence > coalesce(w.told, 0) and (w.told is not null or reading.at >= e.reads_since)
    and (w.next_at is null or w.next_at <= $3)`;

/** Rooms in which somebody has read on, for the endpoints that ask for it. Whoever carries a room tells of reading last. */
const raise = (rooms: string) => `
insert into webhook_positions (room_id, endpoint_id, revision, head, due_at)
select r.id, e.id, 0, r.revision, $3
from ${rooms} r
join webhook_endpoints e on e.id = any($2) and (e.room_kinds is null or r.kind = any(e.room_kinds)) and (e.room_ids is null or r.id = any(e.room_ids))
where exists (select from ${UNTOLD('r.last_sequence')})
order by r.id, e.id
on conflict (room_id, endpoint_id) do update set due_at = excluded.due_at where webhook_positions.due_at is null`;

const COLUMNS = 'id, kind, revision, last_sequence';

const RAISE = { name: 'webhook_raise_reads', text: raise(`(select ${COLUMNS} from rooms where id = any($1::uuid[]))`) };

const RETRY = {
  name: 'webhook_retry_reads',
  text: raise(`(select ${COLUMNS} from rooms where id in (
    select w.room_id from unnest($2::uuid[]) asked(id) cross join lateral (
      select room_id from webhook_reads where endpoint_id = asked.id and next_at <= $3 order by next_at limit $1
    ) w))`),
};

/** Where somebody of this node has read a moment ago. */
export async function raiseReads(connection: Connection, roomIds: string[], endpointIds: string[], now: Date): Promise<void> {
  await run(connection, RAISE, [roomIds, endpointIds, now]);
}

/** Where an attempt failed, and its wait is over. */
export async function retryReads(connection: Connection, limit: number, endpointIds: string[], now: Date): Promise<void> {
  await run(connection, RETRY, [limit, endpointIds, now]);
}

export const sweepReads = sweeping('webhook_sweep_reads', COLUMNS, raise);

/** What somebody has read up to, and an endpoint does not know. */
export interface Reading {
  user_id: string;
  up_to_sequence: number;
  at: Date;
  told: number;
  failures: number;
}

const UNTOLD_OF_ROOM = {
  name: 'webhook_untold_reads',
  text: `
select reading.user_id, reading.up_to_sequence, reading.at, coalesce(w.told, 0) as told, coalesce(w.failures, 0) as failures
from (select id from rooms where id = $1) r join webhook_endpoints e on e.id = $2
cross join lateral (
  select coalesce((select m.sequence from messages m where m.room_id = r.id and m.created_revision <= $4 order by m.created_revision desc limit 1), 0)
) heard(up_to)
cross join ${UNTOLD('heard.up_to')}
order by reading.at, reading.user_id`,
};

/** In the order of reading; only what lies within the part of the log that the endpoint has heard. */
export const untoldReads = (connection: Connection, { room_id, endpoint_id, revision }: Claimed, now: Date) =>
  run<Reading>(connection, UNTOLD_OF_ROOM, [room_id, endpoint_id, now, revision]);

/** As `beginAttempt`, for a position. Where the same person has read further, an earlier attempt is no event any longer. */
const BEGIN = {
  name: 'webhook_begin_read',
  text: `
with mine as (
  update webhook_positions set due_at = $6 where room_id = $1 and endpoint_id = $2 and lease = $3 and revision = $4
    and ${isAsKnown('$2', '$11')} returning 1
), overtaken as (
  delete from webhook_deliveries where room_id = $1 and endpoint_id = $2 and read_by = $8 and read_up_to < $5
    and status in ('IN_FLIGHT', 'RETRYING') and exists (select 1 from mine)
)
insert into webhook_deliveries (id, endpoint_id, room_id, read_by, read_up_to, type, webhook_id, status, attempt, first_attempt_at, created_at, updated_at)
select $7, $2, $1, $8, $5, 'message.read', $9, 'IN_FLIGHT', 1, $10, $10, $10 from mine
on conflict (room_id, endpoint_id, read_by, read_up_to) where read_by is not null do update set status = 'IN_FLIGHT', next_at = null,
  attempt = case when webhook_deliveries.status in ('DELIVERED', 'DEAD') then 1 else webhook_deliveries.attempt + 1 end,
  updated_at = excluded.updated_at
returning id, attempt`,
};

export async function beginRead(
  connection: Connection,
  { room_id, endpoint_id, lease, revision }: Claimed,
  { user_id, up_to_sequence }: Reading,
  { id, webhookId, url }: { id: string; webhookId: string; url: string },
  now: Date,
  until: Date,
): Promise<{ id: string; attempt: number } | undefined> {
  const values = [room_id, endpoint_id, lease, revision, up_to_sequence, until, id, user_id, webhookId, now, url];
  const [row] = await run<{ id: string; attempt: number }>(connection, BEGIN, values);
  return row;
}

/** As `settleAttempt`: a position moves only from where the attempt began, so a replay that was asked for meanwhile stands. */
const SETTLE = {
  name: 'webhook_settle_read',
  text: `
with mine as (
  update webhook_positions set due_at = $6 where room_id = $1 and endpoint_id = $2 and lease = $3 and revision = $4 returning 1
), told as (
  insert into webhook_reads (room_id, endpoint_id, user_id, told, failures, next_at)
  select $1, $2, $7, $9::bigint, $10::smallint, $11::timestamptz from mine
  on conflict (room_id, endpoint_id, user_id) do update set told = excluded.told, failures = excluded.failures, next_at = excluded.next_at
  where webhook_reads.told = $8
), well as (
  update webhook_endpoints set failures = 0, failing_since = null where id = $2 and failures > 0 and $12 = 'DELIVERED'
)
update webhook_deliveries set status = $12, code = $13, ms = $14, error = $15, next_at = $11, updated_at = $16
where id = $5 and status = 'IN_FLIGHT' and exists (select 1 from mine)
returning 1 as settled`,
};

/** False when the room is no longer this node's. */
export async function settleRead(
  connection: Connection,
  { room_id, endpoint_id, lease, revision }: Claimed,
  deliveryId: string,
  { user_id, up_to_sequence, told, failures }: Reading,
  { status, code, ms, error, nextAt }: Result,
  now: Date,
  until: Date,
): Promise<boolean> {
  const place = [room_id, endpoint_id, lease, revision, deliveryId, until];
  const person = [user_id, told, nextAt ? told : up_to_sequence, nextAt ? failures + 1 : 0, nextAt];
  return (await run(connection, SETTLE, [...place, ...person, status, code, ms, error, now])).length > 0;
}
