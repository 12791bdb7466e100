import { Order } from '../../../orders/order.entity.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Subject } from '../../../transitions/machine/subject.js';
import { type FundsOf, giveAllBack, isFreed, release, returnFunds, settleFunds } from './decisions.js';
import { Payment, PaymentContext } from '../payment/payment.entity.js';
import { isDecided } from '../payment/payments.queries.js';

const OFF: ReadonlySet<string> = new Set(['CANCELED', 'REJECTED', 'RETURNED']);
const ARRIVALS: ReadonlySet<string> = new Set(['authorize', 'succeed']);

/** Off or back, all of it; complete, it is the payee's. */
async function end(move: Move, of: FundsOf, status: string, off: ReadonlySet<string>): Promise<void> {
  if (off.has(status)) await returnFunds(move, of);
  if (status === 'COMPLETED') await settleFunds(move, of);
}

/** What an order's steps mean for its money. */
export async function followOrder(move: Move): Promise<void> {
  if (move.to !== move.from) await end(move, { kind: PaymentContext.ORDER, id: move.subject.id }, move.to, OFF);
}

/**
 * For what the payment is whose money has come in by this step, or is free by it after a dispute or a bank held it; null where it is for
 * nothing of this kind, or neither has happened.
 */
export const arrivedFor = (move: Move, kind: PaymentContext): string | null => {
  const { event, subject } = move;
  const isThere = ARRIVALS.has(event) || isFreed(move);
  return isThere && subject instanceof Payment && subject.contextKind === kind ? subject.contextId : null;
};

/** Money that was on its way, or held, when what it is for ended follows it. What was begun afterwards is meant as it is. */
export async function settleLate(move: Move, { status, updatedAt }: Subject, off: ReadonlySet<string>): Promise<void> {
  if (move.subject.createdAt <= updatedAt) await end(move, { paymentId: move.subject.id }, status, off);
}

export async function followLatePayment(move: Move): Promise<void> {
  const id = arrivedFor(move, PaymentContext.ORDER);
  if (id !== null) await settleLate(move, await move.manager.findOneByOrFail(Order, { id }), OFF);
}

/** The provider had taken the money before it heard that nobody wants to pay any more. */
export async function undoLateSuccess(move: Move): Promise<void> {
  if (move.event === 'succeed' && move.from === 'CANCELED' && move.subject instanceof Payment) await giveAllBack(move, move.subject);
}

/** What was decided to be the payee's while it was only authorised is not held any longer once it is taken. */
export async function releaseDecided(move: Move): Promise<void> {
  const { event, subject, manager } = move;
  if (event !== 'succeed' || !(subject instanceof Payment) || subject.holds > 0) return;
  if (await isDecided(manager, subject.id)) await release(move, subject);
}
