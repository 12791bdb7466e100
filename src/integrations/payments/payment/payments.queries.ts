import { type DataSource, type EntityManager, In } from 'typeorm';
import { type Connection, run } from '../../../database/sql.js';
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

const DECIDED_BY = {
  name: 'money_decided_by',
  text: `select payload from transitions where aggregate = $1 and aggregate_id = $2 and event = $3 and payload ? 'aggregateId'
    order by version desc limit 1`,
};

const BEGINNINGS = { refund: 'request', payment: 'capture' };

/** By whose decision a refund was begun, or a payment captured; null where nobody's. */
export async function decidedBy(connection: Connection, aggregate: 'refund' | 'payment', id: string): Promise<Holder | null> {
  const [row] = await run<{ payload: { aggregate: string; aggregateId: string } }>(connection, DECIDED_BY, [
    aggregate,
    id,
    BEGINNINGS[aggregate],
  ]);
  return row ? { aggregate: row.payload.aggregate, id: row.payload.aggregateId } : null;
}

const TAKEN_BY = {
  name: 'taken_by_refund',
  text: `select (payload ->> 'amountMinor')::bigint as minor from transitions
    where aggregate = 'escrow' and aggregate_id = $1 and event = 'give_back' and payload ->> 'refundId' = $2 limit 1`,
};

/** How much of a refund was taken out of escrow: what was released before is the payee's to give back. */
export async function takenBy(manager: EntityManager, escrowId: string, refundId: string): Promise<number> {
  const [row] = await run<{ minor: number }>(manager, TAKEN_BY, [escrowId, refundId]);
  return row?.minor ?? 0;
}

/** Also for one thing. */
const MAX_PER_ROOM = 50;

const NEWEST = {
  name: 'newest_payments',
  text: `
select p.id from unnest($1::uuid[]) as room(id)
cross join lateral (select id from payments where room_id = room.id order by id desc limit $2) p`,
};

const NEWEST_FOR = {
  name: 'newest_payments_for',
  text: `
select p.id from unnest($2::uuid[]) as thing(id)
cross join lateral (select id from payments where context_kind = $1 and context_id = thing.id order by id desc limit $3) p`,
};

/** For many things of one kind, newest first. */
export async function newestPaymentsFor(connection: DataSource, kind: string, thingIds: readonly string[]): Promise<Payment[]> {
  const rows = await run<{ id: string }>(connection, NEWEST_FOR, [kind, thingIds, MAX_PER_ROOM]);
  return connection.manager.find(Payment, { where: { id: In(rows.map(({ id }) => id)) }, order: { id: 'DESC' } });
}

/** Of many rooms, newest first. */
export async function newestPayments(connection: DataSource, roomIds: readonly string[]): Promise<Payment[]> {
  const rows = await run<{ id: string }>(connection, NEWEST, [roomIds, MAX_PER_ROOM]);
  return connection.manager.find(Payment, { where: { id: In(rows.map(({ id }) => id)) }, order: { id: 'DESC' } });
}
