import Stripe from 'stripe';
import type { PaymentOrder, PaymentProvider, ProviderEvent, ProviderFacts, ProviderPayment, ProviderRefund } from './provider.js';
import { downToStripe, toStripe } from './stripe-amounts.js';
import { eventIn, factsIn, paymentOf, refundOf } from './stripe-facts.js';

const TIMEOUT_MS = 10_000;
/** How old a signature may be. */
const TOLERANCE_S = 300;

export interface StripeSettings {
  secretKey: string;
  webhookSecrets: readonly string[];
  /** Null: Stripe's own. */
  apiUrl: string | null;
  /** The node stops: calls end at once, and the jobs that made them are done by another. */
  stop: AbortSignal;
}

/** Refused for good: trying the same again would change nothing. A wrong key is the operator's mistake, and mended by them. */
const isFinal = (error: unknown): error is InstanceType<typeof Stripe.errors.StripeError> =>
  error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError;

/** In the place of Stripe's own code: what is finer than it can move never gets there. */
const TOO_FINE = 'amount_too_fine';
const fetchUntil =
  (stop: AbortSignal): typeof fetch =>
  (input, init) =>
    fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, stop]) : stop });

/** Stripe, by its own package. The payer's browser confirms an intent with its client secret, so no card data comes here. */
export class StripeProvider implements PaymentProvider {
  readonly name = 'stripe';
  private readonly stripe: Stripe;

  constructor(private readonly settings: StripeSettings) {
    const url = settings.apiUrl === null ? null : new URL(settings.apiUrl);
    this.stripe = new Stripe(settings.secretKey, {
      // The jobs try again, with the same key, and later each time.
      maxNetworkRetries: 0,
      timeout: TIMEOUT_MS,
      httpClient: Stripe.createFetchHttpClient(fetchUntil(settings.stop)),
      telemetry: false,
      ...(url && {
        host: url.hostname,
        port: url.port || (url.protocol === 'https:' ? 443 : 80),
        protocol: url.protocol === 'http:' ? 'http' : 'https',
      }),
    });
  }

  async create(order: PaymentOrder, idempotencyKey: string): Promise<ProviderPayment> {
    const refused = { ref: null, status: 'FAILED', capturedMinor: 0, clientSecret: null } as const;
    const amount = toStripe(order.amountMinor, order.currency);
    if (amount === null) return { ...refused, failureCode: TOO_FINE };
    try {
      const intent = await this.stripe.paymentIntents.create(
        {
          amount,
          currency: order.currency.toLowerCase(),
          capture_method: order.isManual ? 'manual' : 'automatic',
          metadata: { parley_payment: order.id },
          ...(order.method === null ? { automatic_payment_methods: { enabled: true } } : { payment_method_types: [order.method] }),
        },
        { idempotencyKey },
      );
      return { ...paymentOf(intent), clientSecret: intent.client_secret };
    } catch (error) {
      if (!isFinal(error)) throw error;
      return { ...refused, failureCode: error.code ?? error.type };
    }
  }

  async retrieve({ ref }: PaymentOrder): Promise<ProviderPayment> {
    const intent = await this.stripe.paymentIntents.retrieve(ref!);
    const { status, ...found } = paymentOf(intent);
    // The error of an earlier try stays with the intent. That this one has failed, its event tells.
    return { ...found, status: status === 'FAILED' ? 'INITIATED' : status, clientSecret: intent.client_secret };
  }

  async capture(order: PaymentOrder, amountMinor: number, idempotencyKey: string): Promise<ProviderPayment> {
    const amount = downToStripe(amountMinor, order.currency);
    const captured = await this.change(order, () =>
      this.stripe.paymentIntents.capture(order.ref!, { amount_to_capture: amount }, { idempotencyKey }),
    );
    // Refused, and nothing else has become of it: the payee cannot have the money.
    return captured.status === 'AUTHORIZED' ? { ...captured, status: 'FAILED', failureCode: 'capture_failed' } : captured;
  }

  cancel(order: PaymentOrder, idempotencyKey: string): Promise<ProviderPayment> {
    return this.change(order, () => this.stripe.paymentIntents.cancel(order.ref!, {}, { idempotencyKey }));
  }

  async refund(
    { ref, id, currency }: PaymentOrder,
    refund: { id: string; amountMinor: number },
    idempotencyKey: string,
  ): Promise<ProviderRefund> {
    const amount = toStripe(refund.amountMinor, currency);
    if (amount === null) return { ref: null, status: 'FAILED', failureCode: TOO_FINE };
    try {
      const metadata = { parley_payment: id, parley_refund: refund.id };
      return refundOf(await this.stripe.refunds.create({ payment_intent: ref!, amount, metadata }, { idempotencyKey }));
    } catch (error) {
      if (!isFinal(error)) throw error;
      return { ref: null, status: 'FAILED', failureCode: error.code ?? error.type };
    }
  }

  async findRefund({ ref }: PaymentOrder, refundId: string): Promise<ProviderRefund | null> {
    for await (const refund of this.stripe.refunds.list({ payment_intent: ref!, limit: 100 })) {
      if (refund.metadata?.['parley_refund'] === refundId) return refundOf(refund);
    }
    return null;
  }

  /** An event; null where the signature is none of ours, or too old. */
  read(body: Buffer, signature: string): ProviderEvent | null {
    for (const secret of this.settings.webhookSecrets) {
      try {
        this.stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_S);
        return eventIn(body);
      } catch {
        // Of another secret, perhaps: there are two while one takes the place of the other.
      }
    }
    return null;
  }

  /** What an event says that was kept. */
  factsIn(raw: Buffer): ProviderFacts {
    return factsIn(raw);
  }

  /** For which payment of ours an intent was made; null for one of somebody else, who has the same account. */
  async ownerOf(ref: string): Promise<string | null> {
    try {
      return (await this.stripe.paymentIntents.retrieve(ref)).metadata['parley_payment'] ?? null;
    } catch (error) {
      if (!isFinal(error)) throw error;
      return null;
    }
  }

  /** A change that the intent's state does not allow any more: then it is as it is. */
  private async change(order: PaymentOrder, make: () => Promise<Stripe.PaymentIntent>): Promise<ProviderPayment> {
    try {
      return { ...paymentOf(await make()), clientSecret: null };
    } catch (error) {
      if (!isFinal(error)) throw error;
      return this.retrieve(order);
    }
  }
}
