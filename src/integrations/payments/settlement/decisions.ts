import type { EntityManager } from 'typeorm';
import { newId } from '../../../common/ids.js';
import type { Move } from '../../../transitions/machine.js';
import { Authority, type Subject } from '../../../transitions/subject.js';
import { EscrowHold, EscrowStatus } from '../payment/escrow-hold.entity.js';
import { escrowMachine } from '../payment/escrow.machine.js';
import { Payment, type PaymentContext, PaymentStatus } from '../payment/payment.entity.js';
import { paymentMachine } from '../payment/payment.machine.js';
import { heldBy, type Holder } from '../payment/payments.queries.js';
import { Refund } from './refund.entity.js';
import { refundMachine } from './refund.machine.js';

/** Which money: of one payment, or of all payments for an order, a job or an appointment. */
export type FundsOf = { paymentId: string } | { kind: PaymentContext; id: string };

type AnyMove = Pick<Move, 'manager' | 'fire' | 'begin'> & { machine: { name: string }; subject: Subject };

const { AUTHORIZED, CAPTURED, PARTIALLY_REFUNDED, CANCELED } = PaymentStatus;
const SECURED: ReadonlySet<PaymentStatus> = new Set([AUTHORIZED, CAPTURED, PARTIALLY_REFUNDED]);

/** In one order for everybody, as they are locked one after another. */
function paymentsOf(manager: EntityManager, roomId: string, of: FundsOf): Promise<Payment[]> {
  const where = 'paymentId' in of ? { roomId, id: of.paymentId } : { roomId, contextKind: of.kind, contextId: of.id };
  return manager.find(Payment, { where, order: { id: 'ASC' } });
}

const holderOf = ({ machine, subject }: AnyMove): Holder => ({ aggregate: machine.name, id: subject.id });
const asPayload = ({ aggregate, id }: Holder) => ({ aggregate, aggregateId: id });

/**
 * What other features do with money, in the effects of their own steps: the same commit, the same room. A payment that only the host
 * moves is put on hold and freed like the others, for everybody to see; settling and awarding it is the host's.
 */

/** Nothing of it is captured or released until the subject of this step lifts its hold. Twice is once. */
export async function holdFunds(move: AnyMove, of: FundsOf): Promise<void> {
  const holder = holderOf(move);
  const held = new Set(await heldBy(move.manager, holder));
  for (const payment of await paymentsOf(move.manager, move.subject.roomId, of)) {
    if (payment.status === CANCELED || held.has(payment.id)) continue;
    await move.fire(paymentMachine, payment.id, { event: 'hold', payload: asPayload(holder) });
  }
}

/** Takes back every hold of the subject of this step. What others hold stays held. */
export async function liftFunds(move: AnyMove): Promise<void> {
  const holder = holderOf(move);
  for (const id of await heldBy(move.manager, holder)) {
    await move.fire(paymentMachine, id, { event: 'lift', payload: asPayload(holder) });
  }
}

/** The deed is done: what is authorised is captured, what is held is released. What is on hold is left as it is. */
export async function settleFunds(move: AnyMove, of: FundsOf): Promise<void> {
  for (const payment of await movable(move, of)) {
    if (payment.status === AUTHORIZED) await move.fire(paymentMachine, payment.id, { event: 'capture' });
    else await release(move, payment);
  }
}

/**
 * A decision: so much goes back to the payer, and the payee has the rest. It lifts the hold of this step's subject first.
 *
 * @returns what could go back: less than was awarded, where less is there
 */
export async function awardFunds(move: AnyMove, of: FundsOf, toPayerMinor: number): Promise<number> {
  await liftFunds(move);
  let left = toPayerMinor;
  for (const payment of await movable(move, of)) left -= await share(move, payment, left);
  return toPayerMinor - left;
}

/** The whole of it goes back, as far as it is there: an order was cancelled. */
export async function returnFunds(move: AnyMove, of: FundsOf): Promise<void> {
  for (const payment of await paymentsOf(move.manager, move.subject.roomId, of)) {
    // A bank or a dispute decides over what it holds.
    if (payment.authority === Authority.HOST || payment.holds > 0) continue;
    const isOpen = paymentMachine.steps.some(({ event, from }) => event === 'cancel' && from.includes(payment.status));
    if (isOpen) await move.fire(paymentMachine, payment.id, { event: 'cancel' });
    else await giveAllBack(move, payment);
  }
}

/** Whether somebody has paid for it, or their bank has promised to. */
export async function isSecured(manager: EntityManager, roomId: string, of: FundsOf): Promise<boolean> {
  return (await paymentsOf(manager, roomId, of)).some(({ status }) => SECURED.has(status));
}

const refundableOf = ({ capturedMinor, refundedMinor, reservedMinor }: Payment) => capturedMinor - refundedMinor - reservedMinor;

async function movable({ manager, subject }: AnyMove, of: FundsOf): Promise<Payment[]> {
  const payments = await paymentsOf(manager, subject.roomId, of);
  return payments.filter(({ status, holds, authority }) => SECURED.has(status) && holds === 0 && authority === Authority.PARLEY);
}

/** @returns how much of `wanted` goes to the payer out of this payment */
async function share(move: AnyMove, payment: Payment, wanted: number): Promise<number> {
  if (payment.status === AUTHORIZED) {
    const part = Math.min(wanted, payment.amountMinor);
    const rest = payment.amountMinor - part;
    if (rest === 0) await move.fire(paymentMachine, payment.id, { event: 'cancel' });
    else await move.fire(paymentMachine, payment.id, { event: 'capture', payload: { amountMinor: rest } });
    return part;
  }
  const part = Math.min(wanted, refundableOf(payment));
  await giveBack(move, payment, part);
  await release(move, payment);
  return part;
}

export const giveAllBack = (move: AnyMove, payment: Payment): Promise<void> => giveBack(move, payment, refundableOf(payment));

async function giveBack(move: AnyMove, payment: Payment, amountMinor: number): Promise<void> {
  if (amountMinor > 0) await move.begin(refundMachine, refundOf(payment, amountMinor), { event: 'request' });
}

/** What is left in escrow, if anything is. */
async function release(move: AnyMove, { id }: Payment): Promise<void> {
  const escrow = await move.manager.findOneBy(EscrowHold, { paymentId: id, status: EscrowStatus.HELD });
  if (escrow) await move.fire(escrowMachine, escrow.id, { event: 'release' });
}

export function refundOf(payment: Payment, amountMinor: number): Refund {
  const { id: paymentId, roomId, authority, payerId, payeeId, currency, provider } = payment;
  return Object.assign(new Refund(), { id: newId(), paymentId, roomId, authority, payerId, payeeId, currency, provider, amountMinor });
}
