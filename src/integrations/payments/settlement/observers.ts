import { Order } from '../../../orders/order.entity.js';
import type { Move } from '../../../transitions/machine.js';
import type { Subject } from '../../../transitions/subject.js';
import { type FundsOf, giveAllBack, returnFunds, settleFunds } from './decisions.js';
import { Payment, PaymentContext } from '../payment/payment.entity.js';

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

/** For what the payment is that has come in by this step; null where it is for nothing of this kind, or nothing has come in. */
export const arrivedFor = ({ event, subject }: Move, kind: PaymentContext): string | null =>
  ARRIVALS.has(event) && subject instanceof Payment && subject.contextKind === kind ? subject.contextId : null;

/** Money that was on its way when what it is for ended follows it. What was begun afterwards is meant as it is. */
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
