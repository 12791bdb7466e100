import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { addJob } from '../../../jobs/jobs.queries.js';
import { Jobs } from '../../../jobs/jobs.service.js';
import { lockRoom } from '../../../participants/membership/membership.js';
import { Timeline, type TimelineTransaction } from '../../../timeline/timeline.service.js';
import { SYSTEM } from '../../../transitions/machine/machine.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import type { PaymentProvider, ProviderPayment } from '../../providers/provider.js';
import { PROVIDER_CALL, type ProviderCall } from '../payment/payment.effects.js';
import { Payment, PaymentStatus } from '../payment/payment.entity.js';
import { paymentMachine } from '../payment/payment.machine.js';
import { Refund, RefundStatus } from '../settlement/refund.entity.js';
import { REFUND_CALL, type RefundCall } from '../settlement/refund.machine.js';
import { mergePayment, mergeRefund } from './merge.js';
import { orderOf, Providers } from './providers.service.js';

/** The calls that steps have made necessary: outside of every transaction, and again until the provider has answered. */
@Injectable()
export class ProviderCalls {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly transitions: Transitions,
    private readonly providers: Providers,
    jobs: Jobs,
  ) {
    jobs.handle(PROVIDER_CALL, (payload) => this.call(payload as ProviderCall), 'outside');
    jobs.handle(REFUND_CALL, (payload) => this.refund(payload as RefundCall), 'outside');
  }

  /** The payment under its room's lock, and what the provider says of it, in one commit. */
  record(payment: Payment, answer: ProviderPayment): Promise<void> {
    return this.underLock(payment, async (tx, locked) => {
      // Its event may have been faster, and brought the name without the secret.
      const isNew = locked.providerRef === null || (locked.clientSecret === null && answer.clientSecret !== null);
      if (isNew && answer.ref !== null) await this.remember(tx, locked, answer);
      await mergePayment(tx, this.transitions, SYSTEM, locked, answer, null);
    });
  }

  /** Asks the provider how it stands, because something has outrun the word of it. */
  async refresh(payment: Payment): Promise<void> {
    await this.record(payment, await this.providers.named(payment.provider).retrieve(orderOf(payment)));
  }

  private async call(asked: ProviderCall): Promise<void> {
    const payment = await this.dataSource.manager.findOneBy(Payment, { id: asked.paymentId });
    if (!payment) return;
    const provider = this.providers.named(payment.provider);
    const answer = await this.ask(provider, payment, asked);
    if (!answer) return;
    if (asked.action === 'capture' && answer.status === 'FAILED') await this.captureFailed(payment, answer);
    else await this.record(payment, answer);
  }

  private async ask(
    provider: PaymentProvider,
    payment: Payment,
    { action, version, amountMinor }: ProviderCall,
  ): Promise<ProviderPayment | null> {
    const order = orderOf(payment);
    const key = `parley:${payment.id}:${action}:${version}`;
    if (order.ref === null) {
      // Nothing is begun for somebody who has changed their mind, and nothing is there to be asked about.
      return action === 'create' && payment.status === PaymentStatus.INITIATED ? provider.create(order, key) : null;
    }
    if (action === 'capture') return provider.capture(order, amountMinor, key);
    if (action === 'cancel') return provider.cancel(order, key);
    return provider.retrieve(order);
  }

  /** From now on its events can be told; somebody who has cancelled meanwhile does not pay. */
  private async remember(tx: TimelineTransaction, payment: Payment, { ref, clientSecret, status }: ProviderPayment): Promise<void> {
    const { manager } = tx;
    payment.providerRef = ref;
    payment.clientSecret = clientSecret;
    await manager.update(Payment, { id: payment.id }, { providerRef: ref, clientSecret });
    const waits = payment.status === PaymentStatus.INITIATED && status === 'INITIATED';
    if (waits) await this.transitions.step(tx, paymentMachine, SYSTEM, payment.id, { event: 'open' });
    if (payment.status !== PaymentStatus.CANCELED) return;
    const { id: paymentId, version, amountMinor } = payment;
    await addJob(manager, PROVIDER_CALL, { paymentId, version, amountMinor, action: 'cancel' } satisfies ProviderCall);
  }

  private captureFailed(payment: Payment, { failureCode }: ProviderPayment): Promise<void> {
    return this.underLock(payment, async (tx, locked) => {
      if (locked.status !== PaymentStatus.PROCESSING) return;
      await this.transitions.step(tx, paymentMachine, SYSTEM, locked.id, { event: 'fail', payload: { code: failureCode } });
    });
  }

  private underLock(payment: Payment, work: (tx: TimelineTransaction, locked: Payment) => Promise<void>): Promise<void> {
    return this.timeline.commit(async (tx) => {
      await lockRoom(tx.manager, payment.roomId);
      await work(tx, await tx.manager.findOneByOrFail(Payment, { id: payment.id }));
    });
  }

  private async refund({ refundId, version }: RefundCall): Promise<void> {
    const { manager } = this.dataSource;
    const refund = await manager.findOneBy(Refund, { id: refundId });
    if (refund?.status !== RefundStatus.APPROVED) return;
    const payment = await manager.findOneByOrFail(Payment, { id: refund.paymentId });
    const provider = this.providers.named(refund.provider);
    const order = orderOf(payment);
    // Under a key that is forgotten it would be made once more.
    const made = this.providers.mayHaveForgotten(refund.updatedAt) ? await provider.findRefund(order, refundId) : null;
    const answer = made ?? (await provider.refund(order, refund, `parley:${refundId}:refund:${version}`));
    await this.timeline.commit(async (tx) => {
      await lockRoom(tx.manager, refund.roomId);
      const locked = await tx.manager.findOneByOrFail(Refund, { id: refundId });
      if (locked.providerRef === null && answer.ref !== null)
        await tx.manager.update(Refund, { id: refundId }, { providerRef: answer.ref });
      await mergeRefund(tx, this.transitions, SYSTEM, locked, answer);
    });
  }
}
