import { type Connection, run } from '../../../database/sql.js';

/** The endpoint hears of what is read from now on, whatever it has heard before. */
const ANEW = {
  name: 'webhook_reads_anew',
  text: `
with gone as (delete from webhook_reads where endpoint_id = $1)
update webhook_endpoints set reads_since = now() where id = $1`,
};

export async function tellReadsFromNowOn(connection: Connection, endpointId: string): Promise<void> {
  await run(connection, ANEW, [endpointId]);
}

/** Nobody is known to have read beyond that place of the room; also who has read before the endpoint asked for it. */
const REWIND = {
  name: 'webhook_rewind_reads',
  text: `
insert into webhook_reads (room_id, endpoint_id, user_id, told)
select $1, $2, p.user_id, place.sequence from participants p cross join lateral (
  select coalesce($4::bigint, (select m.sequence from messages m where m.room_id = $1 and m.created_revision <= $3
    order by m.created_revision desc limit 1), 0) as sequence
) place
where p.room_id = $1 and p.last_read_sequence > place.sequence
on conflict (room_id, endpoint_id, user_id) do update set told = least(webhook_reads.told, excluded.told), failures = 0, next_at = null`,
};

export async function rewindReads(
  connection: Connection,
  endpointId: string,
  { id, afterRevision, afterSequence }: { id: string; afterRevision: number | null; afterSequence: number | null },
): Promise<void> {
  await run(connection, REWIND, [id, endpointId, afterRevision, afterSequence]);
}

/** What was told of these people counts as not told, from the earliest of those deliveries on. The latest that they have read is told. */
const BACK = `
update webhook_reads w set told = least(w.told, d.place), failures = 0, next_at = null
from (
  select room_id, read_by, min(read_up_to) - 1 as place from webhook_deliveries
  where endpoint_id = $1 and read_by is not null and OF_THESE group by room_id, read_by
) d
where w.room_id = d.room_id and w.endpoint_id = $1 and w.user_id = d.read_by and (w.told > d.place or w.next_at is not null)
returning w.room_id`;

const BACK_TO = { name: 'webhook_read_again', text: BACK.replace('OF_THESE', 'id = $2') };
const BACK_BETWEEN = {
  name: 'webhook_reads_again',
  text: BACK.replace('OF_THESE', `created_at >= $2 and created_at < $3 and status in ('DELIVERED', 'DEAD')`),
};

/** The rooms in which somebody's reading is told again: none where it is on its way already. */
export async function tellReadAgain(connection: Connection, endpointId: string, deliveryId: string): Promise<string[]> {
  return (await run<{ room_id: string }>(connection, BACK_TO, [endpointId, deliveryId])).map(({ room_id }) => room_id);
}

export async function tellReadsAgain(connection: Connection, endpointId: string, from: Date, to: Date): Promise<string[]> {
  return (await run<{ room_id: string }>(connection, BACK_BETWEEN, [endpointId, from, to])).map(({ room_id }) => room_id);
}
