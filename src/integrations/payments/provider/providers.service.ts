import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors/errors.js';
import { type Config, CONFIG } from '../../../config/config.js';
import type { PaymentOrder, PaymentProvider } from '../../providers/provider.js';
import { SandboxProvider } from '../../providers/sandbox.js';
import { StripeProvider } from '../../providers/stripe.js';
import { CaptureMode, type Payment } from '../payment/payment.entity.js';

/** Stripe keeps them for 24 hours at least; clocks differ. */
const KEYS_KEPT_MS = 23 * 60 * 60_000;

/** Who moves the money for this node, by the settings. */
@Injectable()
export class Providers implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  /** Null in production, where nobody shall believe in money that is none. */
  readonly sandbox: SandboxProvider | null;
  /** Null without its key. */
  readonly stripe: StripeProvider | null;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly clock: Clock,
  ) {
    this.sandbox = config.isProduction ? null : new SandboxProvider(() => clock.now());
    const { stripeSecretKey: secretKey, stripeWebhookSecrets: webhookSecrets, stripeApiUrl: apiUrl } = config;
    this.stripe = secretKey === null ? null : new StripeProvider({ secretKey, webhookSecrets, apiUrl, stop: this.stopping.signal });
  }

  onModuleDestroy(): void {
    this.stopping.abort(new Error('the node stops'));
  }

  /** Whether a provider may have forgotten the key of a call that was made first at that time. @see Stripe, "Idempotent requests" */
  mayHaveForgotten(madeAt: Date): boolean {
    return this.clock.now().getTime() - madeAt.getTime() > KEYS_KEPT_MS;
  }

  /** For new payments. @throws UNAVAILABLE */
  get name(): string {
    const current = this.stripe ?? this.sandbox;
    if (!current) throw new ParleyError('UNAVAILABLE', 'No payment provider is set up');
    return current.name;
  }

  /** Of a payment that was begun with it. */
  named(name: string): PaymentProvider {
    const known = [this.stripe, this.sandbox].find((provider) => provider?.name === name);
    if (!known) throw new Error(`the payment provider ${name} is not set up`);
    return known;
  }

  /** One that tells by events what becomes of payments. */
  telling(name: string): StripeProvider {
    if (this.stripe?.name !== name) throw new Error(`the payment provider ${name} is not set up`);
    return this.stripe;
  }
}

export const orderOf = (payment: Payment): PaymentOrder => ({
  id: payment.id,
  amountMinor: payment.amountMinor,
  currency: payment.currency,
  method: payment.method,
  isManual: payment.captureMode === CaptureMode.MANUAL,
  attempt: payment.attempt,
  createdAt: payment.createdAt,
  ref: payment.providerRef,
});
