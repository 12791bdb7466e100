import { In } from 'typeorm';
import { badInput } from '../../../common/errors/errors.js';
import type { Move } from '../../../transitions/machine/machine.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { awardFunds, heldMoney, holdFunds } from '../../payments/settlement/decisions.js';
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

/**
 * The payments that a decision is carried out on: of those that the dispute holds since it was opened, the ones with money in the currency
 * of the claim. A payment that somebody asks for, or that has failed, changes nothing. What the claimant has paid comes before what they were
 * paid, and what is between the two parties before what is between the claimant and somebody else: over that somebody neutral decides, the
 * two cannot agree on it. In a room several payments are for several things, and it is not clear which of them is meant.
 */
async function meant(move: DisputeMove): Promise<Payment[]> {
  const { currency, openedBy, against, outcome, contextKind } = move.subject;
  const held = (await heldMoney(move)).filter((one) => one.currency === currency);
  const between = (payer: string, payee: string) => held.filter(({ payerId, payeeId }) => payerId === payer && payeeId === payee);
  const choices = [between(openedBy, against), between(against, openedBy)];
  if (outcome !== DisputeOutcome.AGREED) {
    choices.push(
      held.filter(({ payerId }) => payerId === openedBy),
      held.filter(({ payeeId }) => payeeId === openedBy),
    );
  }
  const found = choices.find(({ length }) => length > 0) ?? [];
  return contextKind === DisputeContextKind.ROOM && found.length > 1 ? [] : found;
}

/**
 * What was decided or agreed happens to the money that it is about: of what is claimed the claimant gets the award, and the other party the
 * rest. What nobody claimed stays the payee's, and a payee whose claim came to nothing has lost only the claim.
 *
 * @returns how much of the award did not reach the claimant here: no money is there that is meant, or less, or somebody else holds it
 */
async function carryOut(move: DisputeMove, amountMinor: number, awardedMinor: number): Promise<number> {
  const payments = await meant(move);
  const isPayers = payments[0]?.payerId === move.subject.openedBy;
  if (!isPayers && awardedMinor === 0) return 0;
  let left = isPayers ? awardedMinor : amountMinor - awardedMinor;
  let reached = 0;
  for (const { id } of payments) {
    const { payerMinor, payeeMinor } = await awardFunds(move, id, left);
    left -= payerMinor;
    reached += isPayers ? payerMinor : payeeMinor;
  }
  return Math.max(awardedMinor - reached, 0);
}

/** What cannot be carried out here is said in the room, and stands in the bundle; not where the host decides over money of its own. */
export async function payOut(move: DisputeMove): Promise<void> {
  const { id, amountMinor, awardedMinor, authority } = move.subject;
  if (amountMinor === null || awardedMinor === null) return;
  const isOurs = authority === Authority.PARLEY || (await heldMoney(move)).length > 0;
  const missingMinor = await carryOut(move, amountMinor, awardedMinor);
  if (isOurs && missingMinor > 0) await move.fire(move.machine, id, { event: 'fall_short', payload: { missingMinor } });
}
