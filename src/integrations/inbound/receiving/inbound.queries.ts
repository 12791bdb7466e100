import type { EntityManager } from 'typeorm';
import { newId } from '../../../common/values/ids.js';
import { type Connection, run } from '../../../database/sql.js';
import type { ProviderEvent } from '../../providers/provider.js';
import type { Envelope } from './envelope.js';
import { InboundStatus } from './inbound-event.entity.js';

export const MERGE = 'inbound.merge';
/** The same for what a payment provider told, who may have to be asked how things stand. */
export const MERGE_PROVIDERS = 'inbound.mergeProviders';

/** An object as its events name it. */
export interface ObjectName {
  aggregate: string;
  ref: string;
}

const JOB = `
graphile_worker.add_job(case when provider is null then '${MERGE}' else '${MERGE_PROVIDERS}' end, payload := json_build_object('aggregate', aggregate, 'ref', object_ref),
  job_key := '${MERGE}:' || aggregate || ':' || object_ref)`;

/** The event and the job that merges it, or neither. */
const KEEP = {
  name: 'keep_inbound_event',
  text: `
with kept as (
  insert into inbound_events (id, integration_id, provider, external_id, type, aggregate, object_ref, object_version, occurred_at, received_at, raw,
    status, error_code, error, settled_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, case when $12 <> 'RECEIVED' then $10::timestamptz end)
  on conflict do nothing
  returning id, provider, aggregate, object_ref, status
)
select id, case when status = 'RECEIVED' then ${JOB} end from kept`,
};

/** Null when it was sent before. `refused` keeps it without merging it. */
export async function keepEvent(
  connection: Connection,
  { integrationId, told, raw, at, refused }: { integrationId: string; told: Envelope; raw: Buffer; at: Date; refused: string | null },
): Promise<string | null> {
  const about = [integrationId, null, told.externalId, told.type, told.aggregate, told.ref, told.version, told.occurredAt];
  const status = refused === null ? [InboundStatus.RECEIVED, null, null] : [InboundStatus.QUARANTINED, 'FORBIDDEN', refused];
  const [row] = await run<{ id: string }>(connection, KEEP, [newId(), ...about, at, raw, ...status]);
  return row?.id ?? null;
}

/** The same of a payment provider, whose events of one payment are one object's. */
export async function keepProviderEvent(
  connection: Connection,
  provider: string,
  { id, type, paymentRef, occurredAt, raw }: ProviderEvent,
  at: Date,
): Promise<string | null> {
  const values = [newId(), null, provider, id, type, provider, paymentRef, null, occurredAt, at, raw, InboundStatus.RECEIVED, null, null];
  const [row] = await run<{ id: string }>(connection, KEEP, values);
  return row?.id ?? null;
}

const PASS = 200;
const OPEN = {
  name: 'open_inbound_events',
  text: `
select id from inbound_events where aggregate = $1 and object_ref = $2 and (status = 'RECEIVED' or waits_for is not null)
order by object_version nulls first, occurred_at, id limit ${PASS}`,
};

/** In the order in which they happened, as far as it is known. */
export async function openEvents(connection: Connection, { aggregate, ref }: ObjectName): Promise<string[]> {
  return (await run<{ id: string }>(connection, OPEN, [aggregate, ref])).map(({ id }) => id);
}

/** What has not come to pass yet, as it came. */
export interface OpenEvent {
  id: string;
  externalId: string;
  /** The payment provider whose it is; null for a system of the host. */
  provider: string | null;
  objectRef: string;
  occurredAt: Date;
  raw: Buffer;
  isWaiting: boolean;
}

const OPEN_ONE = {
  name: 'open_inbound_event',
  text: `
select id, external_id as "externalId", provider, object_ref as "objectRef", occurred_at as "occurredAt", raw, waits_for is not null as "isWaiting"
from inbound_events where id = $1 and (status = 'RECEIVED' or waits_for is not null)`,
};

/** Null when it was settled meanwhile. */
export async function openEvent(connection: Connection, id: string): Promise<OpenEvent | null> {
  const [row] = await run<OpenEvent>(connection, OPEN_ONE, [id]);
  return row ?? null;
}

const TAKE = {
  name: 'take_inbound_event',
  text: `
update inbound_events set status = 'PROCESSED', settled_at = $2, attempts = attempts + 1, object_id = $3, raw = coalesce($4, raw), waits_for = null,
  error_code = null, error = null
where id = $1 and (status = 'RECEIVED' or waits_for is not null) returning id`,
};

/** In the transaction of what the event brings about: both or neither. `raw`: what is kept of it, where that is not all. False when somebody else has it. */
export async function takeEvent(
  manager: EntityManager,
  id: string,
  objectId: string,
  now: Date,
  raw: Buffer | null = null,
): Promise<boolean> {
  return (await run(manager, TAKE, [id, now, objectId, raw])).length > 0;
}

const IS_MERGED = { name: 'inbound_event_is_merged', text: `select 1 as found from inbound_events where id = $1 and status = 'PROCESSED'` };

export const isMerged = async (connection: Connection, id: string): Promise<boolean> => (await run(connection, IS_MERGED, [id])).length > 0;

const SETTLE = {
  name: 'settle_inbound_event',
  text: `
update inbound_events set status = $2, settled_at = $3, attempts = attempts + 1, error_code = $4, error = left($5, 1000), waits_for = $6,
  raw = coalesce($7, raw)
where id = $1 and (status = 'RECEIVED' or waits_for is not null) returning id`,
};

/** What did not come to pass, and why. False when it has been settled meanwhile. */
export async function settleEvent(
  connection: Connection,
  id: string,
  settled: { status: InboundStatus; now: Date; code: string; error: string; waitsFor: string[] | null; raw: Buffer | null },
): Promise<boolean> {
  const { status, now, code, error, waitsFor, raw } = settled;
  return (await run(connection, SETTLE, [id, status, now, code, error, waitsFor, raw])).length > 0;
}

const FAIL = {
  name: 'fail_inbound_event',
  text: `
update inbound_events set attempts = attempts + 1, error_code = 'INTERNAL', error = $4, waits_for = null,
  status = case when attempts + 1 >= $2 then 'FAILED' else 'RECEIVED' end, settled_at = case when attempts + 1 >= $2 then $3::timestamptz end
where id = $1 and (status = 'RECEIVED' or waits_for is not null) returning status`,
};

/** One attempt has gone wrong on our side. True when it was the last. */
export async function failEvent(connection: Connection, id: string, attempts: number, now: Date, error: string): Promise<boolean> {
  const [row] = await run<{ status: string }>(connection, FAIL, [id, attempts, now, error]);
  return row?.status !== 'RECEIVED';
}

const HEARD = {
  name: 'inbound_heard',
  text: `
select max(e.occurred_at) as "mergedAt",
  coalesce(bool_or(e.type = news.type and (e.object_version = news.object_version or e.occurred_at = news.occurred_at and e.raw = news.raw)), false)
    as "isRepeat"
from inbound_events news join inbound_events e on e.object_id = $1 and e.status = 'PROCESSED' and e.id <> news.id and e.provider is null
where news.id = $2`,
};

/** What an object has heard of the host: when the latest of it happened, and whether this event, by its version or word for word, was among it. */
export async function heardOf(
  manager: EntityManager,
  objectId: string,
  eventId: string,
): Promise<{ mergedAt: Date | null; isRepeat: boolean }> {
  const [row] = await run<{ mergedAt: Date | null; isRepeat: boolean }>(manager, HEARD, [objectId, eventId]);
  return row!;
}

const WAKE = {
  name: 'wake_other_inbound_events',
  text: `
select ${JOB} from (
  select distinct provider, aggregate, object_ref from inbound_events
  where waits_for && $1::text[] and waits_for is not null and (aggregate, object_ref) is distinct from ($2::text, $3::text) limit 100
) waiting`,
};

/** Something has moved: whoever waits for it is tried again after the commit, but for the events of one object. */
export async function wakeEvents(manager: EntityManager, keys: string[], except: ObjectName | null): Promise<void> {
  await run(manager, WAKE, [keys, except?.aggregate ?? null, except?.ref ?? null]);
}

const MEET = {
  name: 'meet_under_names',
  text: 'select pg_advisory_xact_lock(hashtextextended(name, 14)) from (select unnest($1::text[]) as name order by 1) names',
};

/** Takes turns with whoever is about to bring something of these names into being, until the end of the transaction. */
export async function meetUnder(manager: EntityManager, names: string[]): Promise<void> {
  await run(manager, MEET, [names]);
}

const REOPEN = {
  name: 'reopen_inbound_event',
  text: `
with reopened as (
  update inbound_events set status = 'RECEIVED', attempts = 0, settled_at = null, error_code = null, error = null, waits_for = null
  where id = $1 and status in ('QUARANTINED', 'FAILED', 'STALE') returning provider, aggregate, object_ref
)
select aggregate, object_ref as ref, ${JOB} from reopened`,
};

/** Null for one that is open, or was processed. */
export async function reopenEvent(connection: Connection, id: string): Promise<ObjectName | null> {
  const [row] = await run<ObjectName>(connection, REOPEN, [id]);
  return row ?? null;
}

const FORGET = {
  name: 'forget_inbound_events',
  text: `
with gone as (
  delete from inbound_events where id in (
    select id from inbound_events where status in ('PROCESSED', 'STALE') and settled_at < $1
    order by settled_at limit $2 for update skip locked
  ) returning id
)
select count(*)::int as gone from gone`,
};

/** How many went. What was not merged stays until somebody has looked. */
export async function forgetEvents(connection: Connection, before: Date, limit: number): Promise<number> {
  const [row] = await run<{ gone: number }>(connection, FORGET, [before, limit]);
  return row?.gone ?? 0;
}
