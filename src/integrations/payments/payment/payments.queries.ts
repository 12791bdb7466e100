import { type DataSource, type EntityManager, In, IsNull } from 'typeorm';
import { isId } from '../../../common/ids.js';
import { type Connection, run } from '../../../database/sql.js';
import type { ProviderFacts } from '../../providers/provider.js';
import { Payment } from './payment.entity.js';

const SEATED = {
  name: 'seated_of',
  text: `select user_id from participants where room_id = $1 and user_id = any($2) and status in ('ACTIVE', 'MUTED')`,
};

/** Those of these people who are in the room. */
export async function seatedOf(connection: Connection, roomId: string, userIds: string[]): Promise<string[]> {
  return (await run<{ user_id: string }>(connection, SEATED, [roomId, userIds])).map((row) => row.user_id);
}

const RESERVE = {
  name: 'reserve_refund',
  text: `
update payments set reserved_minor = reserved_minor + $2
where id = $1 and status in ('CAPTURED', 'PARTIALLY_REFUNDED') and captured_minor - refunded_minor - reserved_minor >= $2 returning id`,
};
const UNRESERVE = { name: 'unreserve_refund', text: 'update payments set reserved_minor = reserved_minor - $2 where id = $1' };
const REFUNDABLE = {
  name: 'refundable',
  text: 'select captured_minor - refunded_minor - reserved_minor as minor from payments where id = $1 for no key update',
};

/** Sets aside what a refund will take; false where less than that is left. */
export const reserve = async (manager: EntityManager, paymentId: string, minor: number): Promise<boolean> =>
  (await run(manager, RESERVE, [paymentId, minor])).length > 0;

export async function unreserve(manager: EntityManager, paymentId: string, minor: number): Promise<void> {
  await run(manager, UNRESERVE, [paymentId, minor]);
}

/** What can still go back to the payer. */
export async function refundable(manager: EntityManager, paymentId: string): Promise<number> {
  const [row] = await run<{ minor: number }>(manager, REFUNDABLE, [paymentId]);
  return row?.minor ?? 0;
}

const HOLD_ESCROW = { name: 'hold_escrow', text: 'update escrow_holds set holds = $2 where payment_id = $1' };

export async function holdEscrow(manager: EntityManager, paymentId: string, holds: number): Promise<void> {
  await run(manager, HOLD_ESCROW, [paymentId, holds]);
}

export interface Holder {
  aggregate: string;
  id: string;
}

const ADD_HOLD = {
  name: 'add_payment_hold',
  text: 'insert into payment_holds (payment_id, aggregate, aggregate_id) values ($1, $2, $3) on conflict do nothing returning payment_id',
};
const DROP_HOLD = {
  name: 'drop_payment_hold',
  text: 'delete from payment_holds where payment_id = $1 and aggregate = $2 and aggregate_id = $3 returning payment_id',
};
const HELD_BY = {
  name: 'payments_held_by',
  text: 'select payment_id from payment_holds where aggregate = $1 and aggregate_id = $2 order by payment_id',
};

/** False where this one holds it already. */
export const addHold = async (manager: EntityManager, paymentId: string, { aggregate, id }: Holder): Promise<boolean> =>
  (await run(manager, ADD_HOLD, [paymentId, aggregate, id])).length > 0;

/** False where this one did not hold it. */
export const dropHold = async (manager: EntityManager, paymentId: string, { aggregate, id }: Holder): Promise<boolean> =>
  (await run(manager, DROP_HOLD, [paymentId, aggregate, id])).length > 0;

export async function heldBy(connection: Connection, { aggregate, id }: Holder): Promise<string[]> {
  return (await run<{ payment_id: string }>(connection, HELD_BY, [aggregate, id])).map((row) => row.payment_id);
}

const DECIDED = {
  name: 'payment_is_decided',
  text: `select 1 as found from transitions
    where aggregate = 'payment' and aggregate_id = $1 and event = 'capture' and payload @> '{"isDecided": true}' limit 1`,
};

/** Whether a decision took it for the payee: the capture says so. */
export const isDecided = async (manager: EntityManager, paymentId: string): Promise<boolean> =>
  (await run(manager, DECIDED, [paymentId])).length > 0;

const MAX_PER_ROOM = 50;

const NEWEST = {
  name: 'newest_payments',
  text: `
select p.id from unnest($1::uuid[]) as room(id)
cross join lateral (select id from payments where room_id = room.id order by id desc limit $2) p`,
};

/** Of many rooms, newest first. */
export async function newestPayments(connection: DataSource, roomIds: readonly string[]): Promise<Payment[]> {
  const rows = await run<{ id: string }>(connection, NEWEST, [roomIds, MAX_PER_ROOM]);
  return connection.manager.find(Payment, { where: { id: In(rows.map(({ id }) => id)) }, order: { id: 'DESC' } });
}

const INSERT_EVENT = {
  name: 'insert_provider_event',
  text: `
insert into provider_events (id, provider, external_id, type, facts, occurred_at) values ($1, $2, $3, $4, $5, $6)
on conflict (provider, external_id) do nothing returning id`,
};

/** False where it came before. */
export async function insertProviderEvent(
  manager: EntityManager,
  event: { id: string; provider: string; externalId: string; type: string; facts: ProviderFacts; occurredAt: Date },
): Promise<boolean> {
  const values = [event.id, event.provider, event.externalId, event.type, JSON.stringify(event.facts), event.occurredAt];
  return (await run(manager, INSERT_EVENT, values)).length > 0;
}

/** Which payment of ours an event is about: by the provider's name for it, or by ours where the provider was faster than we. */
export async function paymentOfEvent(connection: DataSource, provider: string, facts: ProviderFacts): Promise<Payment | null> {
  if (facts.about === 'nothing') return null;
  const ref = facts.about === 'payment' ? facts.ref : facts.paymentRef;
  const known = ref === null ? null : await connection.manager.findOneBy(Payment, { provider, providerRef: ref });
  if (known || facts.about !== 'payment' || !isId(facts.paymentId)) return known;
  return connection.manager.findOneBy(Payment, { provider, id: facts.paymentId, providerRef: IsNull() });
}

const FORGET = {
  name: 'forget_provider_events',
  text: `
with gone as (
  delete from provider_events where id in (
    select id from provider_events where status <> 'RECEIVED' and received_at < $1 order by received_at limit $2 for update skip locked
  ) returning 1
)
select count(*)::int as gone from gone`,
};

/** How many went. What was not merged stays. */
export async function forgetProviderEvents(connection: Connection, before: Date, limit: number): Promise<number> {
  const [row] = await run<{ gone: number }>(connection, FORGET, [before, limit]);
  return row?.gone ?? 0;
}
