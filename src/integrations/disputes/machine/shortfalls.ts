import type { Move } from '../../../transitions/machine/machine.js';
import { Payment } from '../../payments/payment/payment.entity.js';
import { decidedBy } from '../../payments/payment/payments.queries.js';
import { Refund } from '../../payments/settlement/refund.entity.js';
import { Dispute } from '../dispute/dispute.entity.js';
import { disputeMachine } from './dispute.machine.js';

interface Loss {
  aggregate: 'refund' | 'payment';
  /** Who does not get it. */
  userId: string;
  missingMinor: number;
}

const REFUND_ENDS: ReadonlySet<string> = new Set(['fail', 'cancel']);

function lossBy({ event, from, subject }: Move): Loss | null {
  if (subject instanceof Refund && REFUND_ENDS.has(event)) {
    return { aggregate: 'refund', userId: subject.payerId, missingMinor: subject.amountMinor };
  }
  if (subject instanceof Payment && event === 'fail' && from === 'PROCESSING') {
    return { aggregate: 'payment', userId: subject.payeeId, missingMinor: subject.amountMinor };
  }
  return null;
}

/**
 * The provider could not bring what was decided: days after the dispute is over, perhaps, and after its bundle is sealed. The room is told of
 * it as of an award that there was no money for. What goes back into escrow waits there for a refund or a release.
 */
export async function followAward(move: Move): Promise<void> {
  const loss = lossBy(move);
  const holder = loss && (await decidedBy(move.manager, loss.aggregate, move.subject.id));
  if (holder?.aggregate !== disputeMachine.name) return;
  const dispute = await move.manager.findOneByOrFail(Dispute, { id: holder.id });
  if (dispute.openedBy !== loss?.userId) return;
  const missingMinor = Math.min(loss.missingMinor, dispute.awardedMinor ?? 0);
  await move.fire(disputeMachine, dispute.id, { event: 'fall_short', payload: { missingMinor } });
}
