import { type Connection, run } from '../../../database/sql.js';
import type { Claimed, ClaimedDelivery } from './dispatch.queries.js';
import type { WebhookDeliveryStatus } from './webhook-delivery.entity.js';

/** Of an endpoint as a node knows it: paused or at another address since, it is told nothing more by this turn. */
export const isAsKnown = (id: string, url: string): string =>
  `exists (select from webhook_endpoints where id = ${id} and status = 'ACTIVE' and url = ${url})`;

const AS_KNOWN = { name: 'webhook_endpoint_as_known', text: `select 1 as found where ${isAsKnown('$1', '$2')}` };

export const isStillAsKnown = async (connection: Connection, { id, url }: Address): Promise<boolean> =>
  (await run(connection, AS_KNOWN, [id, url])).length > 0;

/** Which endpoint, and where a node believes it to be. */
export interface Address {
  id: string;
  url: string;
}

/**
 * Writes down that an event of a claimed room is about to be sent, and holds the room a while longer. Nothing when the room was taken
 * over or its position moved meanwhile. An earlier attempt whose entry of the log is gone, because its message changed once more, is
 * no event any longer.
 */
const BEGIN = {
  name: 'webhook_begin',
  text: `
with mine as (
  update webhook_positions set due_at = $6 where room_id = $1 and endpoint_id = $2 and lease = $3 and revision = $4
    and ${isAsKnown('$2', '$11')} returning 1
), overtaken as (
  delete from webhook_deliveries where room_id = $1 and endpoint_id = $2 and revision > $4 and revision < $5
    and not is_detached and status in ('PENDING', 'IN_FLIGHT', 'RETRYING') and exists (select 1 from mine)
)
insert into webhook_deliveries (id, endpoint_id, room_id, revision, type, webhook_id, status, attempt, first_attempt_at, created_at, updated_at)
select $7, $2, $1, $5, $8, $9, 'IN_FLIGHT', 1, $10, $10, $10 from mine
on conflict (room_id, endpoint_id, revision) do update set status = 'IN_FLIGHT', attempt = webhook_deliveries.attempt + 1, next_at = null,
  first_attempt_at = coalesce(webhook_deliveries.first_attempt_at, excluded.first_attempt_at), updated_at = excluded.updated_at
returning id, attempt, first_attempt_at`,
};

export interface Begun {
  id: string;
  attempt: number;
  first_attempt_at: Date;
}

export async function beginAttempt(
  connection: Connection,
  { room_id, endpoint_id, lease, revision }: Claimed,
  event: { id: string; revision: number; type: string; webhookId: string; url: string },
  now: Date,
  until: Date,
): Promise<Begun | undefined> {
  const place = [room_id, endpoint_id, lease, revision, event.revision];
  const [row] = await run<Begun>(connection, BEGIN, [...place, until, event.id, event.type, event.webhookId, now, event.url]);
  return row;
}

/** What became of an attempt. */
export interface Result {
  status: WebhookDeliveryStatus;
  code: number | null;
  ms: number;
  error: string | null;
  nextAt: Date | null;
}

/**
 * The result of an attempt, and the position behind it: one commit. The position moves only from where this attempt began, so a replay
 * that was asked for meanwhile stands.
 */
const SETTLE = {
  name: 'webhook_settle',
  text: `
with moved as (
  update webhook_positions set revision = coalesce($6, revision), head = greatest(head, coalesce($6, revision)), due_at = $7, lease = $8
  where room_id = $1 and endpoint_id = $2 and lease = $3 and revision = $4 returning 1
), well as (
  update webhook_endpoints set failures = 0, failing_since = null where id = $2 and failures > 0 and $9 = 'DELIVERED'
)
update webhook_deliveries set status = $9, code = $10, ms = $11, error = $12, next_at = $13, is_detached = $14, updated_at = $15
where id = $5 and status = 'IN_FLIGHT' and exists (select 1 from moved)
returning 1 as settled`,
};

export interface Step {
  /** Null: the room waits for this event. */
  to: number | null;
  /** When the room is looked at again, by whoever is free when `lease` is null. */
  dueAt: Date;
  keeps: boolean;
  isDetached: boolean;
}

/** False when the room is no longer this node's, or was set back. */
export async function settleAttempt(
  connection: Connection,
  { room_id, endpoint_id, lease, revision }: Claimed,
  deliveryId: string,
  { to, dueAt, keeps, isDetached }: Step,
  { status, code, ms, error, nextAt }: Result,
  now: Date,
): Promise<boolean> {
  const place = [room_id, endpoint_id, lease, revision, deliveryId, to, dueAt, keeps ? lease : null];
  const rows = await run(connection, SETTLE, [...place, status, code, ms, error, nextAt, isDetached, now]);
  return rows.length > 0;
}

/** Past what is not for this endpoint, as far as the log was read. What was tried before and is no event any longer goes. */
const PASS = {
  name: 'webhook_pass',
  text: `
with moved as (
  update webhook_positions set revision = $5, head = greatest(head, $5)
  where room_id = $1 and endpoint_id = $2 and lease = $3 and revision = $4 returning 1
), overtaken as (
  delete from webhook_deliveries where room_id = $1 and endpoint_id = $2 and revision > $4 and revision <= $5
    and not is_detached and status in ('PENDING', 'IN_FLIGHT', 'RETRYING') and exists (select 1 from moved)
)
select 1 as moved from moved`,
};

export async function passOver(connection: Connection, { room_id, endpoint_id, lease, revision }: Claimed, to: number): Promise<boolean> {
  return (await run(connection, PASS, [room_id, endpoint_id, lease, revision, to])).length > 0;
}

/** Lets go of a room; what is new in it since is due at once. */
const RELEASE = {
  name: 'webhook_release',
  text: `
update webhook_positions set lease = null, due_at = case when head > revision then $4::timestamptz end
where room_id = $1 and endpoint_id = $2 and lease = $3`,
};

export async function releaseRoom(connection: Connection, { room_id, endpoint_id, lease }: Claimed, now: Date): Promise<void> {
  await run(connection, RELEASE, [room_id, endpoint_id, lease, now]);
}

const SETTLE_DETACHED = {
  name: 'webhook_settle_detached',
  text: `
with well as (
  update webhook_endpoints set failures = 0, failing_since = null where id = $9 and failures > 0 and $3 = 'DELIVERED'
)
update webhook_deliveries set status = $3, code = $4, ms = $5, error = $6, next_at = $7, lease = null, updated_at = $8
where id = $1 and lease = $2`,
};

export async function settleDetached(
  connection: Connection,
  { id, lease, endpoint_id }: ClaimedDelivery,
  { status, code, ms, error, nextAt }: Result,
  now: Date,
): Promise<void> {
  await run(connection, SETTLE_DETACHED, [id, lease, status, code, ms, error, nextAt, now, endpoint_id]);
}

/** Counts a failure; past both limits the endpoint is paused. */
const FAILED = {
  name: 'webhook_failed',
  text: `
update webhook_endpoints set failures = failures + 1, failing_since = coalesce(failing_since, $2),
  status = case when failures + 1 >= $3 and failing_since <= $4 then 'PAUSED' else status end,
  status_reason = case when failures + 1 >= $3 and failing_since <= $4 then $5 else status_reason end
where id = $1 and status = 'ACTIVE' and url = $6 returning status`,
};

const DISABLE = {
  name: 'webhook_disable',
  text: `update webhook_endpoints set status = 'DISABLED', status_reason = $3 where id = $1 and url = $2 and status = 'ACTIVE' returning status`,
};

/** Whether this failure has paused the endpoint. */
export async function countFailure(
  connection: Connection,
  { id, url }: Address,
  now: Date,
  limit: { failures: number; since: Date; reason: string },
): Promise<boolean> {
  const [row] = await run<{ status: string }>(connection, FAILED, [id, now, limit.failures, limit.since, limit.reason, url]);
  return row?.status === 'PAUSED';
}

export async function disableEndpoint(connection: Connection, { id, url }: Address, reason: string): Promise<boolean> {
  return (await run(connection, DISABLE, [id, url, reason])).length > 0;
}
