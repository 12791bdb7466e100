/** Where a payment stands at its provider, in our words. */
export type ProviderStatus = 'INITIATED' | 'REQUIRES_ACTION' | 'PROCESSING' | 'FAILED' | 'AUTHORIZED' | 'CANCELED' | 'CAPTURED';
export type ProviderRefundStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

/** A payment as a provider needs to know it. Everything it does not know by itself comes along, so that it may be without a memory. */
export interface PaymentOrder {
  id: string;
  amountMinor: number;
  currency: string;
  method: string | null;
  isManual: boolean;
  /** Counts the payer's tries. */
  attempt: number;
  /** Of the first try. */
  createdAt: Date;
  /** The provider's own name for it; null before `create`. */
  ref: string | null;
}

export interface ProviderPayment {
  /** Null where it was refused before it came into being. */
  ref: string | null;
  status: ProviderStatus;
  capturedMinor: number;
  failureCode: string | null;
  /** Only in the answer to our own call. */
  clientSecret: string | null;
}

export interface ProviderRefund {
  /** Null where it was refused before it came into being. */
  ref: string | null;
  status: ProviderRefundStatus;
  failureCode: string | null;
}

/** What an event of a provider says, reduced to what is kept. */
export type ProviderFacts =
  | { about: 'payment'; paymentId: string | null; status: ProviderStatus; capturedMinor: number; failureCode: string | null }
  | {
      about: 'refund';
      ref: string;
      refundId: string | null;
      status: ProviderRefundStatus;
      amountMinor: number;
      failureCode: string | null;
    }
  | {
      about: 'chargeback';
      ref: string;
      /** One of `ChargebackStatus`. */
      status: string;
      amountMinor: number;
      currency: string;
      reason: string | null;
      dueBy: string | null;
    };

/** An event of a provider, as it is kept. */
export interface ProviderEvent {
  id: string;
  type: string;
  occurredAt: Date;
  /** The provider's own name for the payment that it is about; null for what is about no payment. */
  paymentRef: string | null;
  /** The body as it came, but for the secrets in it. */
  raw: Buffer;
}

/**
 * Whoever moves the money. A call is made by a job, never inside a transaction, and again after a failure, with the same `key`: it must
 * happen once. What the provider refuses for good is an answer (FAILED with a code, or the state as it is); it throws where trying again
 * may help.
 */
export interface PaymentProvider {
  readonly name: string;
  create(order: PaymentOrder, key: string): Promise<ProviderPayment>;
  retrieve(order: PaymentOrder): Promise<ProviderPayment>;
  capture(order: PaymentOrder, amountMinor: number, key: string): Promise<ProviderPayment>;
  cancel(order: PaymentOrder, key: string): Promise<ProviderPayment>;
  refund(order: PaymentOrder, refund: { id: string; amountMinor: number }, key: string): Promise<ProviderRefund>;
  /** One that was made, for when a key no longer tells; null where there is none. */
  findRefund(order: PaymentOrder, refundId: string): Promise<ProviderRefund | null>;
}
