import { In } from 'typeorm';
import { badInput } from '../../../common/errors.js';
import type { Move } from '../../../transitions/machine.js';
import { awardFunds, holdFunds } from '../../payments/settlement/decisions.js';
import { Payment, PaymentContext } from '../../payments/payment/payment.entity.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeContextKind, DisputeOutcome } from '../dispute/dispute.enums.js';

type DisputeMove = Move<Dispute>;

const CONTEXTS: Partial<Record<DisputeContextKind, PaymentContext>> = {
  ORDER: PaymentContext.ORDER,
  JOB: PaymentContext.JOB,
  APPOINTMENT: PaymentContext.APPOINTMENT,
};

/** Payments for what is in dispute; where that is the room, those between the two parties. */
async function disputed({ manager, subject }: DisputeMove): Promise<Payment[]> {
  const { roomId, contextKind, contextId, openedBy, against } = subject;
  const kind = CONTEXTS[contextKind];
  if (kind) return manager.find(Payment, { where: { roomId, contextKind: kind, contextId }, order: { id: 'ASC' } });
  if (contextKind === DisputeContextKind.PAYMENT) return manager.find(Payment, { where: { roomId, id: contextId } });
  const people = In([openedBy, against]);
  return manager.find(Payment, { where: { roomId, payerId: people, payeeId: people }, order: { id: 'ASC' } });
}

export async function holdMoney(move: DisputeMove): Promise<void> {
  for (const { id } of await disputed(move)) await holdFunds(move, { paymentId: id });
}

/** Of a payment no more can be claimed than is there, and in its own currency. @throws BAD_USER_INPUT */
export function requireClaimFits(payment: Payment, amountMinor: number | null, currency: string | null): void {
  if (amountMinor === null) return;
  const { capturedMinor, refundedMinor, reservedMinor } = payment;
  const isThere = capturedMinor === 0 ? payment.amountMinor : capturedMinor - refundedMinor - reservedMinor;
  if (currency !== payment.currency) throw badInput('input.currency', `The payment is in ${payment.currency}`);
  if (amountMinor > isThere) throw badInput('input.amountMinor', 'Less than that is there of the payment');
}

/** One payer's, in the currency of the claim. Two people agree on their own money only; over that of others somebody neutral decides. */
function isMeant(payments: readonly Payment[], { currency, openedBy, against, outcome }: Dispute): boolean {
  const parties = outcome === DisputeOutcome.AGREED ? [openedBy, against] : [openedBy];
  return payments.every(
    (one) =>
      one.currency === currency &&
      one.payerId === payments[0]?.payerId &&
      parties.every((party) => party === one.payerId || party === one.payeeId),
  );
}

/**
 * What was decided or agreed happens to the money that it is about: of what is claimed the claimant gets the award, and the other party the
 * rest. What nobody claimed stays the payee's, and a payee whose claim came to nothing has lost only the claim. Where it is not clear which
 * money is meant (several payments in a room, another currency, somebody else's), it is freed as it is.
 */
export async function payOut(move: DisputeMove): Promise<void> {
  const { amountMinor, awardedMinor, openedBy, contextKind } = move.subject;
  const payments = await disputed(move);
  const isClear = isMeant(payments, move.subject) && (payments.length === 1 || contextKind !== DisputeContextKind.ROOM);
  if (!isClear || amountMinor === null || awardedMinor === null) return;
  const isPayers = payments[0]?.payerId === openedBy;
  if (!isPayers && awardedMinor === 0) return;
  let left = isPayers ? awardedMinor : amountMinor - awardedMinor;
  for (const { id } of payments) left -= await awardFunds(move, { paymentId: id }, left);
}
