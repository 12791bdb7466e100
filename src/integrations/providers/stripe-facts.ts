import type Stripe from 'stripe';
import { z } from 'zod';
import type { ProviderEvent, ProviderFacts, ProviderPayment, ProviderRefund, ProviderRefundStatus, ProviderStatus } from './provider.js';
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
  return { about: 'refund', ...refundOf(refund), refundId, amountMinor: fromStripe(refund.amount, refund.currency) };
}

function disputeFacts({ id, status, amount, currency, reason, evidence_details }: Stripe.Dispute): ProviderFacts {
  const { due_by: dueBy } = evidence_details;
  return {
    about: 'chargeback',
    ref: id,
    status: status.toUpperCase(),
    amountMinor: fromStripe(amount, currency),
    currency: currency.toUpperCase(),
    reason,
    dueBy: dueBy ? new Date(dueBy * 1_000).toISOString() : null,
  };
}

const named = z.union([z.string(), z.object({ id: z.string() })]);
const envelope = z.object({
  id: z.string().min(1).max(200),
  type: z.string().min(1).max(100),
  created: z.int().min(0).max(253_402_300_799),
  data: z.object({ object: z.object({ id: z.string().optional(), payment_intent: named.nullish() }) }),
});

const SECRET = /("client_secret"\s*:\s*)"[^"]*"/g;

const isOfIntent = (type: string): boolean => type.startsWith('payment_intent.');
const isOfRefund = (type: string): boolean => type.startsWith('refund.') || type === 'charge.refund.updated';
const isOfDispute = (type: string): boolean => type.startsWith('charge.dispute.');

/** An event of Stripe as it is kept: an intent comes with its client secret, which nobody but the payer may have. */
export function eventIn(body: Buffer): ProviderEvent | null {
  const text = body.toString('utf8');
  const { success, data: event } = envelope.safeParse(JSON.parse(text));
  if (!success) return null;
  const { id, type, created, data } = event;
  const { object } = data;
  const isOfPayment = isOfRefund(type) || isOfDispute(type);
  const paymentRef = isOfIntent(type) ? (object.id ?? null) : isOfPayment ? idOf(object.payment_intent ?? null) : null;
  return { id, type, occurredAt: new Date(created * 1_000), paymentRef, raw: Buffer.from(text.replace(SECRET, '$1"…"')) };
}

/** What it says. @throws for an event that is not of the API's version that we know */
export function factsIn(raw: Buffer): ProviderFacts {
  const { type, data } = JSON.parse(raw.toString('utf8')) as Stripe.Event;
  if (isOfIntent(type)) return intentFacts(data.object as Stripe.PaymentIntent);
  return isOfRefund(type) ? refundFacts(data.object as Stripe.Refund) : disputeFacts(data.object as Stripe.Dispute);
}
