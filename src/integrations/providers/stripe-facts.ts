import type Stripe from 'stripe';
import type {
  ProviderEventFacts,
  ProviderFacts,
  ProviderPayment,
  ProviderRefund,
  ProviderRefundStatus,
  ProviderStatus,
} from './provider.js';
import { fromStripe } from './stripe-amounts.js';

/** @see https://docs.stripe.com/payments/paymentintents/lifecycle */
const STATUS: Record<string, ProviderStatus> = {
  requires_payment_method: 'INITIATED',
  requires_confirmation: 'INITIATED',
  requires_action: 'REQUIRES_ACTION',
  processing: 'PROCESSING',
  requires_capture: 'AUTHORIZED',
  succeeded: 'CAPTURED',
  canceled: 'CANCELED',
};

const REFUND_STATUS: Record<string, ProviderRefundStatus> = {
  pending: 'PENDING',
  requires_action: 'PENDING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'CANCELED',
};

/** Where an intent stands. Without a payment method after a failure, it has failed: Stripe keeps the intent for the next try. */
export function paymentOf(intent: Stripe.PaymentIntent): Omit<ProviderPayment, 'clientSecret'> & { ref: string } {
  const status = STATUS[intent.status] ?? 'PROCESSING';
  const error = intent.last_payment_error;
  const hasFailed = status === 'INITIATED' && error !== null;
  return {
    ref: intent.id,
    status: hasFailed ? 'FAILED' : status,
    capturedMinor: fromStripe(intent.amount_received, intent.currency),
    failureCode: hasFailed ? (error.decline_code ?? error.code ?? error.type) : null,
  };
}

export const refundOf = ({ id, status, failure_reason }: Stripe.Refund): ProviderRefund & { ref: string } => ({
  ref: id,
  status: REFUND_STATUS[status ?? 'pending'] ?? 'PENDING',
  failureCode: failure_reason ?? null,
});

const idOf = (one: string | { id: string } | null): string | null => (typeof one === 'string' ? one : (one?.id ?? null));

function intentFacts(intent: Stripe.PaymentIntent): ProviderFacts {
  return { about: 'payment', paymentId: intent.metadata['parley_payment'] ?? null, ...paymentOf(intent) };
}

function refundFacts(refund: Stripe.Refund): ProviderFacts {
  const refundId = refund.metadata?.['parley_refund'] ?? null;
  const amountMinor = fromStripe(refund.amount, refund.currency);
  return { about: 'refund', ...refundOf(refund), paymentRef: idOf(refund.payment_intent), refundId, amountMinor };
}

function disputeFacts({ id, payment_intent, status, amount, currency, reason, evidence_details }: Stripe.Dispute): ProviderFacts {
  const { due_by: dueBy } = evidence_details;
  return {
    about: 'chargeback',
    ref: id,
    paymentRef: idOf(payment_intent),
    status: status.toUpperCase(),
    amountMinor: fromStripe(amount, currency),
    currency: currency.toUpperCase(),
    reason,
    dueBy: dueBy ? new Date(dueBy * 1_000).toISOString() : null,
  };
}

/** What Parley keeps of an event of Stripe: never the client secret that comes with an intent, nor anything of a card. */
export function factsOf(event: Stripe.Event): ProviderEventFacts {
  const { id, type, created } = event;
  return { id, type, occurredAt: new Date(created * 1_000), facts: factsIn(event) };
}

function factsIn({ type, data }: Stripe.Event): ProviderFacts {
  if (type.startsWith('payment_intent.')) return intentFacts(data.object as Stripe.PaymentIntent);
  if (type.startsWith('refund.') || type === 'charge.refund.updated') return refundFacts(data.object as Stripe.Refund);
  if (type.startsWith('charge.dispute.')) return disputeFacts(data.object as Stripe.Dispute);
  return { about: 'nothing' };
}
