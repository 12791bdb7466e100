import { Order } from '../../../orders/order.entity.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Observer } from '../../../transitions/machine/machines.js';
import type { Subject } from '../../../transitions/machine/subject.js';
import { callOffFunds, type FundsOf, giveAllBack, isFreed, release, returnFunds, settleFunds } from './decisions.js';
import { Payment, PaymentContext } from '../payment/payment.entity.js';
import { decidedBy } from '../payment/payments.queries.js';

const ARRIVALS: ReadonlySet<string> = new Set(['authorize', 'succeed']);

/** What the ends of a thing mean for the money that is paid for it. A state that is in none of them is no end. */
export interface Ends {
  /** Off or back: all of it goes back. */
  off: ReadonlySet<string>;
  /** The deed is done: it is the payee's. */
  done: ReadonlySet<string>;
  /** It came to nothing, and nobody has said by whose fault: no more is taken, and about what was taken people decide. */
  unclear?: ReadonlySet<string>;
}

async function end(move: Move, of: FundsOf, status: string, { off, done, unclear }: Ends): Promise<void> {
  if (off.has(status)) await returnFunds(move, of);
  if (done.has(status)) await settleFunds(move, of);
  if (unclear?.has(status)) await callOffFunds(move, of);
}

/** What the steps of such a thing mean for its money. */
export const followEnds =
  (kind: PaymentContext, ends: Ends): Observer =>
  async (move) => {
    if (move.to !== move.from) await end(move, { kind, id: move.subject.id }, move.to, ends);
  };

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
export async function settleLate(move: Move, { status, updatedAt }: Subject, ends: Ends): Promise<void> {
  if (move.subject.createdAt <= updatedAt) await end(move, { paymentId: move.subject.id }, status, ends);
}

/** What the steps of a payment for such a thing mean where that is over already. */
export const followLate =
  (kind: PaymentContext, entity: new () => Subject, ends: Ends): Observer =>
  async (move) => {
    const id = arrivedFor(move, kind);
    if (id !== null) await settleLate(move, await move.manager.findOneByOrFail(entity, { id }), ends);
  };

const ORDER_ENDS: Ends = { off: new Set(['CANCELED', 'REJECTED', 'RETURNED']), done: new Set(['COMPLETED']) };

export const followOrder = followEnds(PaymentContext.ORDER, ORDER_ENDS);
export const followLatePayment = followLate(PaymentContext.ORDER, Order, ORDER_ENDS);

/** The provider had taken the money before it heard that nobody wants to pay any more. */
export async function undoLateSuccess(move: Move): Promise<void> {
  if (move.event === 'succeed' && move.from === 'CANCELED' && move.subject instanceof Payment) await giveAllBack(move, move.subject);
}

/** What was decided to be the payee's while it was only authorised is not held any longer once it is taken. */
export async function releaseDecided(move: Move): Promise<void> {
  const { event, subject, manager } = move;
  if (event !== 'succeed' || !(subject instanceof Payment) || subject.holds > 0) return;
  if (await decidedBy(manager, 'payment', subject.id)) await release(move, subject);
}
