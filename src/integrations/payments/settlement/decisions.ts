import { type EntityManager, In } from 'typeorm';
import { newId } from '../../../common/values/ids.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import type { Move } from '../../../transitions/machine/machine.js';
import { Authority, type Subject } from '../../../transitions/machine/subject.js';
import { EscrowHold, EscrowStatus } from '../payment/escrow-hold.entity.js';
import { escrowMachine } from '../payment/escrow.machine.js';
import { Payment, type PaymentContext, PaymentStatus } from '../payment/payment.entity.js';
import { paymentMachine } from '../payment/payment.machine.js';
import { heldBy, type Holder } from '../payment/payments.queries.js';
import { Refund } from './refund.entity.js';
import { refundMachine } from './refund.machine.js';

/** Which money: of one payment, or of all payments for an order, a job or an appointment. */
export type FundsOf = { paymentId: string } | ContextOf;
interface ContextOf {
  kind: PaymentContext;
  id: string;
}

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

/**
 * Takes back every hold of the subject of this step. What others hold stays held; what nobody holds any more follows what it is for, see
 * `isFreed`.
 */
export async function liftFunds(move: AnyMove): Promise<void> {
  for (const id of await heldBy(move.manager, holderOf(move))) await lift(move, id);
}

async function lift(move: AnyMove, paymentId: string, decision: { isDecided?: true } = {}): Promise<void> {
  await move.fire(paymentMachine, paymentId, { event: 'lift', payload: { ...asPayload(holderOf(move)), ...decision } });
}

/** By this step the last hold of a payment is gone, and nobody has decided whose the money is. */
export const isFreed = ({ event, subject, payload }: Move): boolean =>
  event === 'lift' && subject instanceof Payment && subject.holds === 0 && payload['isDecided'] !== true;

/** Which payments the subject of this step holds that have money in them, the oldest first. */
export async function heldMoney(move: AnyMove): Promise<Payment[]> {
  const ids = await heldBy(move.manager, holderOf(move));
  return move.manager.find(Payment, { where: { id: In(ids), status: In([...SECURED]) }, order: { id: 'ASC' } });
}

/** The deed is done: what is authorised is captured, what is held is released. What is on hold is left as it is. */
export async function settleFunds(move: AnyMove, of: FundsOf): Promise<void> {
  for (const payment of await movable(move, of)) {
    if (payment.status === AUTHORIZED) await move.fire(paymentMachine, payment.id, { event: 'capture' });
    else await release(move, payment);
  }
}

/** Work has begun: what is only authorised is taken, and held. What is on hold, or the host's to move, is left as it is. */
export async function captureIntoEscrow(move: AnyMove, { id, status, holds, authority }: Payment): Promise<void> {
  if (status !== AUTHORIZED || holds > 0 || authority === Authority.HOST) return;
  await move.fire(paymentMachine, id, { event: 'capture', payload: { isEscrow: true } });
}

/** Where the money of a payment went by a decision. */
export interface Shares {
  payerMinor: number;
  payeeMinor: number;
}

/**
 * A decision: so much of a payment goes back to the payer, as far as it is there, and the payee has the rest. It takes back the hold that
 * this step's subject has on it. What somebody else holds, and what only the host moves, stays where it is.
 */
export async function awardFunds(move: AnyMove, paymentId: string, toPayerMinor: number): Promise<Shares> {
  await lift(move, paymentId, { isDecided: true });
  const [payment] = await movable(move, { paymentId });
  return payment ? share(move, payment, toPayerMinor) : { payerMinor: 0, payeeMinor: 0 };
}

/** The whole of it goes back, as far as it is there: an order was cancelled. */
export async function returnFunds(move: AnyMove, of: FundsOf): Promise<void> {
  for (const payment of await returnable(move, of)) {
    if (isOpen(payment)) await move.fire(paymentMachine, payment.id, { event: 'cancel' });
    else await giveAllBack(move, payment);
  }
}

/** What was not taken is not taken any more; what was stays where it is. */
export async function callOffFunds(move: AnyMove, of: FundsOf): Promise<void> {
  for (const payment of await returnable(move, of)) {
    if (isOpen(payment)) await move.fire(paymentMachine, payment.id, { event: 'cancel' });
  }
}

/** What was paid for a thing is paid for another one that takes its place; who holds it holds it still. */
export async function carryFunds({ manager, subject: { roomId } }: AnyMove, { kind, id }: ContextOf, toId: string): Promise<void> {
  await manager.update(Payment, { roomId, contextKind: kind, contextId: id }, { contextId: toId });
}

const isOpen = ({ status }: Payment): boolean =>
  paymentMachine.steps.some(({ event, from }) => event === 'cancel' && from.includes(status));

/** Not what a bank or a dispute holds: they decide over that. */
async function returnable({ manager, subject }: AnyMove, of: FundsOf): Promise<Payment[]> {
  const payments = await paymentsOf(manager, subject.roomId, of);
  return payments.filter(({ authority, holds }) => authority === Authority.PARLEY && holds === 0);
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

async function share(move: AnyMove, payment: Payment, wanted: number): Promise<Shares> {
  const there = payment.status === AUTHORIZED ? payment.amountMinor : refundableOf(payment);
  const payerMinor = Math.min(wanted, there);
  const payeeMinor = there - payerMinor;
  if (payment.status !== AUTHORIZED) {
    await giveBack(move, payment, payerMinor, asPayload(holderOf(move)));
    await release(move, payment);
  } else if (payeeMinor === 0) {
    await move.fire(paymentMachine, payment.id, { event: 'cancel' });
  } else {
    await move.fire(paymentMachine, payment.id, {
      event: 'capture',
      payload: { amountMinor: payeeMinor, ...asPayload(holderOf(move)) },
    });
  }
  return { payerMinor, payeeMinor };
}

export const giveAllBack = (move: AnyMove, payment: Payment): Promise<void> => giveBack(move, payment, refundableOf(payment));

async function giveBack(move: AnyMove, payment: Payment, amountMinor: number, payload: Metadata = {}): Promise<void> {
  if (amountMinor > 0) await move.begin(refundMachine, refundOf(payment, amountMinor), { event: 'request', payload });
}

/** What is left in escrow, if anything is. */
export async function release(move: AnyMove, { id }: Payment): Promise<void> {
  const escrow = await move.manager.findOneBy(EscrowHold, { paymentId: id, status: EscrowStatus.HELD });
  if (escrow) await move.fire(escrowMachine, escrow.id, { event: 'release' });
}

export function refundOf(payment: Payment, amountMinor: number): Refund {
  const { id: paymentId, roomId, authority, payerId, payeeId, currency, provider } = payment;
  return Object.assign(new Refund(), { id: newId(), paymentId, roomId, authority, payerId, payeeId, currency, provider, amountMinor });
}
