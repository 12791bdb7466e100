import { type Connection, run } from '../../database/sql.js';
import { sweepRooms } from './log/dispatch.queries.js';
import { asksForReads } from './dispatch/read-courier.service.js';
import { sweepReads } from './log/reads.queries.js';
import type { WebhookEndpoint } from './endpoint/webhook-endpoint.entity.js';

const WALK_ROOMS = 20_000;

/** A new endpoint hears of what comes after it: each room that is there is known up to where it stands. */
const BASELINE = {
  name: 'webhook_baseline',
  text: `
with page as materialized (
  select id, kind, revision from rooms where $1::uuid is null or id > $1 order by id limit $3
), known as (
  insert into webhook_positions (room_id, endpoint_id, revision, head)
  select r.id, e.id, r.revision, r.revision from page r join webhook_endpoints e on e.id = $2
    and (e.room_kinds is null or r.kind = any(e.room_kinds)) and (e.room_ids is null or r.id = any(e.room_ids))
  on conflict do nothing
)
select (select id from page order by id desc limit 1) as last, count(*) as size from page`,
};

export async function setBaseline(connection: Connection, endpointId: string): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const rows: { last: string | null; size: number }[] = await run(connection, BASELINE, [after, endpointId, WALK_ROOMS]);
    after = rows[0]?.last ?? null;
    if (after === null || rows[0]?.size !== WALK_ROOMS) return;
  }
}

const HURRY_ROOMS = {
  name: 'webhook_hurry_rooms',
  text: 'update webhook_positions set due_at = $2 where endpoint_id = $1 and due_at > $2 and lease is null',
};
const HURRY_DELIVERIES = {
  name: 'webhook_hurry_deliveries',
  text: 'update webhook_deliveries set next_at = $2 where endpoint_id = $1 and is_detached and next_at > $2 and lease is null',
};

const HURRY_READS = {
  name: 'webhook_hurry_reads',
  text: 'update webhook_reads set next_at = $2 where endpoint_id = $1 and next_at > $2',
};

/** What waits for its next attempt is due now, and so is what happened while nobody looked. */
export async function catchUp(connection: Connection, endpoint: WebhookEndpoint, now: Date): Promise<void> {
  for (const hurry of [HURRY_ROOMS, HURRY_DELIVERIES, HURRY_READS]) await run(connection, hurry, [endpoint.id, now]);
  let before: string | null = null;
  do before = await sweepRooms(connection, before, [endpoint.id], now, WALK_ROOMS);
  while (before !== null);
  if (!asksForReads(endpoint)) return;
  do before = await sweepReads(connection, before, [endpoint.id], now, WALK_ROOMS);
  while (before !== null);
}
