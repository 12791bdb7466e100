import type { Move } from '../../../transitions/machine.js';
import { Payment, PaymentContext } from '../payment/payment.entity.js';
import { giveAllBack, returnFunds, settleFunds } from './decisions.js';

/** What an order's steps mean for its money: off or back, all of it; complete, it is the shop's. */
export async function followOrder(move: Move): Promise<void> {
  const of = { kind: PaymentContext.ORDER, id: move.subject.id };
  if (move.to === move.from) return;
  if (['CANCELED', 'REJECTED', 'RETURNED'].includes(move.to)) await returnFunds(move, of);
  if (move.to === 'COMPLETED') await settleFunds(move, of);
}

/** The provider had taken the money before it heard that nobody wants to pay any more. */
export async function undoLateSuccess(move: Move): Promise<void> {
  if (move.event === 'succeed' && move.from === 'CANCELED' && move.subject instanceof Payment) await giveAllBack(move, move.subject);
}
