import { randomBytes } from 'node:crypto';
import type { PaymentOrder, PaymentProvider, ProviderPayment, ProviderRefund, ProviderStatus } from './provider.js';

/** A late payment is through after this time. */
export const LATE_MS = 5_000;

/** What becomes of a payment, by its `method`; any other method, and none, is paid at once. */
const METHODS = new Map<string, (order: PaymentOrder, now: Date) => ProviderStatus | null>([
  ['card_declined', () => 'FAILED'],
  /** The second try succeeds. */
  ['card_declined_once', ({ attempt }) => (attempt === 1 ? 'FAILED' : null)],
  ['card_3ds', () => 'REQUIRES_ACTION'],
  ['bank_late', ({ createdAt }, now) => (now.getTime() < createdAt.getTime() + LATE_MS ? 'PROCESSING' : null)],
]);

/**
 * A provider for development: no money, no network, no memory. What happens follows from the payment's `method` alone, so the same
 * payment always goes the same way.
 */
export class SandboxProvider implements PaymentProvider {
  readonly name = 'sandbox';

  constructor(private readonly now: () => Date) {}

  create(order: PaymentOrder): Promise<ProviderPayment> {
    return this.answer(order, { clientSecret: `${this.refOf(order)}_secret_${randomBytes(16).toString('base64url')}` });
  }

  retrieve(order: PaymentOrder): Promise<ProviderPayment> {
    return this.answer(order);
  }

  capture(order: PaymentOrder, amountMinor: number): Promise<ProviderPayment> {
    if (order.method === 'card_capture_fails') return this.answer(order, { status: 'FAILED', failureCode: 'capture_failed' });
    return this.answer(order, { status: 'CAPTURED', capturedMinor: amountMinor });
  }

  cancel(order: PaymentOrder): Promise<ProviderPayment> {
    return this.answer(order, { status: 'CANCELED' });
  }

  refund({ method }: PaymentOrder, { id }: { id: string }): Promise<ProviderRefund> {
    const hasFailed = method === 'card_refund_fails';
    return Promise.resolve({
      ref: `sandbox_re_${id}`,
      status: hasFailed ? 'FAILED' : 'SUCCEEDED',
      failureCode: hasFailed ? 'refund_failed' : null,
    });
  }

  /** The same refund has the same end, however often it is made. */
  findRefund(): Promise<null> {
    return Promise.resolve(null);
  }

  /** What the payer does at the bank's page, which the sandbox does not have. */
  confirm(order: PaymentOrder, isApproved: boolean): Promise<ProviderPayment> {
    return this.answer({ ...order, method: null }, isApproved ? {} : { status: 'FAILED', failureCode: 'authentication_failed' });
  }

  private answer(order: PaymentOrder, more: Partial<ProviderPayment> = {}): Promise<ProviderPayment> {
    const paid = order.isManual ? 'AUTHORIZED' : 'CAPTURED';
    const status = more.status ?? METHODS.get(order.method ?? '')?.(order, this.now()) ?? paid;
    return Promise.resolve({
      ref: this.refOf(order),
      capturedMinor: status === 'CAPTURED' ? order.amountMinor : 0,
      failureCode: status === 'FAILED' ? 'card_declined' : null,
      clientSecret: null,
      ...more,
      status,
    });
  }

  private refOf({ id }: PaymentOrder): string {
    return `sandbox_pi_${id}`;
  }
}
