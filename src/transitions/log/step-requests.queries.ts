import type { EntityManager } from 'typeorm';
import { newId } from '../../common/values/ids.js';
import { type Connection, run } from '../../database/sql.js';
import type { Metadata } from '../../timeline/log/message.entity.js';

/** What a request is about. */
export interface About {
  aggregate: string;
  id: string;
}

interface Asked {
  event: string;
  actorId: string;
  reason: string | null;
  payload: Metadata;
  at: Date;
  key: string | null;
  fingerprint: Buffer;
}

const ASK = {
  name: 'ask_for_step',
  text: `
insert into step_requests (id, room_id, aggregate, aggregate_id, event, actor_id, reason, payload, at, request_key, fingerprint)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (aggregate, aggregate_id, actor_id, fingerprint) where status = 'PENDING' do nothing returning id`,
};

/** Null when they have asked the same already, and the host has not decided. */
export async function askForStep(manager: EntityManager, about: About & { roomId: string }, asked: Asked): Promise<string | null> {
  const values = [newId(), about.roomId, about.aggregate, about.id, asked.event, asked.actorId, asked.reason];
  const more = [JSON.stringify(asked.payload), asked.at, asked.key, asked.fingerprint];
  const [row] = await run<{ id: string }>(manager, ASK, [...values, ...more]);
  return row?.id ?? null;
}

const BY_KEY = { name: 'step_request_by_key', text: 'select aggregate_id, fingerprint from step_requests where request_key = $1' };

/** Whatever has become of it. */
export async function requestByKey(connection: Connection, key: string): Promise<{ aggregateId: string; fingerprint: Buffer } | null> {
  const [row] = await run<{ aggregate_id: string; fingerprint: Buffer }>(connection, BY_KEY, [key]);
  return row ? { aggregateId: row.aggregate_id, fingerprint: row.fingerprint } : null;
}

/** A request is meant by a step that says nothing else than it does; what the step leaves open agrees. */
const SETTLE = {
  name: 'settle_step_requests',
  text: `
with pending as (
  select id, event, event = $3 and not exists (select from jsonb_each(payload) as asked where $4::jsonb -> asked.key <> asked.value) as is_meant
  from step_requests where aggregate = $1 and aggregate_id = $2 and status = 'PENDING'
)
update step_requests r set status = case when p.is_meant then 'CARRIED_OUT' else 'LAPSED' end
from pending p where r.id = p.id and (p.is_meant or case when p.event like '%.%' then $6 else not p.event = any($5) end)`,
};

/** After a step of the host: what it did, and what nobody could ask for any more. */
export async function settleRequests(
  manager: EntityManager,
  about: About,
  step: { event: string; payload: Metadata },
  rest: { stillPossible: string[]; isOver: boolean },
): Promise<void> {
  const values = [about.aggregate, about.id, step.event, JSON.stringify(step.payload), rest.stillPossible, rest.isOver];
  await run(manager, SETTLE, values);
}

/** What was asked for otherwise than it has begun is no longer asked. */
const BEGUN = {
  name: 'settle_begun_requests',
  text: `
update step_requests set status = case when exists (
    select from jsonb_each(payload) as asked where nullif($5::jsonb -> asked.key, 'null') <> asked.value
  ) then 'LAPSED' else 'CARRIED_OUT' end
where aggregate = $1 and aggregate_id = $2 and room_id = $3 and event = $4 and status = 'PENDING'`,
};

/** After the host has brought into being, in this room, what somebody asked it for. */
export async function settleBegun(
  manager: EntityManager,
  about: About & { roomId: string },
  { event, payload }: { event: string; payload: Metadata },
): Promise<void> {
  await run(manager, BEGUN, [about.aggregate, about.id, about.roomId, event, JSON.stringify(payload)]);
}

const LAPSE = {
  name: 'lapse_begun_requests',
  text: `update step_requests set status = 'LAPSED'
    where aggregate = $1 and aggregate_id = $2 and room_id = $3 and event = $4 and status = 'PENDING'`,
};

/** Nothing of the kind begins in this room any more. */
export async function lapseBegun(manager: EntityManager, about: About & { roomId: string }, event: string): Promise<void> {
  await run(manager, LAPSE, [about.aggregate, about.id, about.roomId, event]);
}
