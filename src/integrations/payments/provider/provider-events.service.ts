import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { isId } from '../../../common/values/ids.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import { WEBHOOK } from '../../../transitions/machine/machine.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import type { ProviderFacts } from '../../providers/provider.js';
import { Payment } from '../payment/payment.entity.js';
import { refundOf } from '../settlement/decisions.js';
import { Refund } from '../settlement/refund.entity.js';
import { refundMachine } from '../settlement/refund.machine.js';
import { mergeChargeback } from './merge-chargeback.js';
import { mergePayment, mergeRefund } from './merge.js';
import { ProviderCalls } from './provider-calls.service.js';
import { Providers } from './providers.service.js';

type About<Kind extends ProviderFacts['about']> = Extract<ProviderFacts, { about: Kind }>;

/** What a provider has told about one payment. */
export interface ProviderNews {
  provider: string;
  paymentRef: string;
  facts: ProviderFacts;
  at: Date;
}

/** What providers tell us, in whatever order and however often, means to payments. */
@Injectable()
export class ProviderEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transitions: Transitions,
    private readonly providers: Providers,
    private readonly calls: ProviderCalls,
  ) {}

  /**
   * The payment that it is about, ready for it; null for none of ours. Outside of any transaction: the provider may have to be asked.
   */
  async paymentOf({ provider, paymentRef, facts }: ProviderNews): Promise<Payment | null> {
    const { manager } = this.dataSource;
    const known = await manager.findOneBy(Payment, { provider, providerRef: paymentRef });
    const payment = known ?? (await this.notYetNamed(provider, paymentRef, facts));
    // Only what was captured can be refunded or charged back: the word that it was captured is still on its way.
    if (payment && facts.about !== 'payment' && payment.capturedMinor === 0) await this.calls.refresh(payment);
    return payment;
  }

  /** In the transaction that has locked the payment's room. @returns false for what was late */
  async merge(tx: TimelineTransaction, paymentId: string, { provider, paymentRef, facts, at }: ProviderNews): Promise<boolean> {
    const payment = await tx.manager.findOneByOrFail(Payment, { id: paymentId });
    if (facts.about === 'refund') return this.mergeRefund(tx, payment, facts);
    if (facts.about === 'chargeback') return mergeChargeback(tx, this.transitions, payment, { provider, facts, at });
    // An event may be faster than the answer to our own call.
    if (payment.providerRef === null) await tx.manager.update(Payment, { id: payment.id }, { providerRef: paymentRef });
    return mergePayment(tx, this.transitions, WEBHOOK, payment, facts, at);
  }

  /** The provider was faster than we, and told of it before it had answered our call. */
  private async notYetNamed(provider: string, ref: string, facts: ProviderFacts): Promise<Payment | null> {
    const id = facts.about === 'payment' ? facts.paymentId : await this.providers.telling(provider).ownerOf(ref);
    const payment = isId(id) ? await this.dataSource.manager.findOneBy(Payment, { provider, id, providerRef: IsNull() }) : null;
    return payment && Object.assign(payment, { providerRef: ref });
  }

  /** A refund that was made at the provider itself is recorded here. */
  private async mergeRefund(tx: TimelineTransaction, payment: Payment, facts: About<'refund'>): Promise<boolean> {
    const { manager } = tx;
    const { ref: providerRef, refundId, amountMinor } = facts;
    const asked = refundId === null ? null : await manager.findOneBy(Refund, { id: refundId, paymentId: payment.id });
    const known = asked ?? (await manager.findOneBy(Refund, { providerRef, paymentId: payment.id }));
    if (known) {
      if (known.providerRef === null) await manager.update(Refund, { id: known.id }, { providerRef });
      return mergeRefund(tx, this.transitions, WEBHOOK, known, facts);
    }
    // Also one that has come to nothing: the word that it was begun may be still on its way.
    const refund = Object.assign(refundOf(payment, amountMinor), { providerRef });
    const recorded = await this.transitions.beginIn(tx, refundMachine, WEBHOOK, { event: 'record' }, refund);
    await mergeRefund(tx, this.transitions, WEBHOOK, recorded, facts);
    return true;
  }
}
