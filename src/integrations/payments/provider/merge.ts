import type { Actor, StepRequest } from '../../../transitions/machine/machine.js';
import type { Transitions } from '../../../transitions/transitions.service.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { ProviderPayment, ProviderRefund, ProviderRefundStatus, ProviderStatus } from '../../providers/provider.js';
import { RANK } from '../payment/payment.effects.js';
import type { Payment } from '../payment/payment.entity.js';
import { paymentMachine } from '../payment/payment.machine.js';
import type { Refund } from '../settlement/refund.entity.js';
import { refundMachine } from '../settlement/refund.machine.js';

type Engine = Pick<Transitions, 'step'>;

const EVENTS: Record<ProviderStatus, string | null> = {
  INITIATED: null,
  REQUIRES_ACTION: 'require_action',
  PROCESSING: 'process',
  FAILED: 'fail',
  AUTHORIZED: 'authorize',
  CANCELED: 'void',
  CAPTURED: 'succeed',
};

const REFUND_EVENTS: Record<ProviderRefundStatus, string> = { PENDING: 'submit', SUCCEEDED: 'succeed', FAILED: 'fail', CANCELED: 'cancel' };
const REFUND_RANK: Record<string, number> = { REQUESTED: 0, APPROVED: 0, PENDING: 1, SUCCEEDED: 2, CANCELED: 3, FAILED: 4 };

/**
 * Takes a provider's word about a payment, in the transaction that has locked its room. Words come twice, late and in any order: only
 * one that goes beyond what is known moves the payment, so that all orders end in the same state.
 *
 * @param at when the provider said it; null for an answer to a call of ours
 * @returns false for what was late
 */
export async function mergePayment(
  tx: TimelineTransaction,
  engine: Engine,
  actor: Actor,
  payment: Payment,
  said: Pick<ProviderPayment, 'status' | 'capturedMinor' | 'failureCode'>,
  at: Date | null,
): Promise<boolean> {
  const rank = RANK[said.status];
  const event = EVENTS[said.status];
  const isOfAnEarlierTry = at !== null && payment.providerSince !== null && at < payment.providerSince && rank <= RANK.FAILED;
  if (event === null || rank <= payment.providerRank || isOfAnEarlierTry) return false;
  const isPossible = paymentMachine.steps.some((step) => step.event === event && step.from.includes(payment.status));
  if (!isPossible) return false;
  await engine.step(tx, paymentMachine, actor, payment.id, { event, payload: payloadOf(said, at) });
  return true;
}

function payloadOf(
  { status, capturedMinor, failureCode }: Pick<ProviderPayment, 'status' | 'capturedMinor' | 'failureCode'>,
  at: Date | null,
) {
  if (status === 'CAPTURED') return { capturedMinor };
  return status === 'FAILED' ? { code: failureCode, ...(at && { at: at.toISOString() }) } : {};
}

/** The same of a refund. A refund that has arrived may still fail, and then it has failed. */
export async function mergeRefund(
  tx: TimelineTransaction,
  engine: Engine,
  actor: Actor,
  refund: Refund,
  said: Pick<ProviderRefund, 'status' | 'failureCode'>,
): Promise<boolean> {
  const event = REFUND_EVENTS[said.status];
  if (REFUND_RANK[said.status]! <= REFUND_RANK[refund.status]!) return false;
  const isPossible = refundMachine.steps.some((step) => step.event === event && step.from.includes(refund.status));
  if (!isPossible) return false;
  const request: StepRequest = { event, payload: said.failureCode ? { code: said.failureCode } : {} };
  await engine.step(tx, refundMachine, actor, refund.id, request);
  return true;
}
