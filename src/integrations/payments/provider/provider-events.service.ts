import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newId } from '../../../common/ids.js';
import { addJob } from '../../../jobs/jobs.queries.js';
import { Jobs } from '../../../jobs/jobs.service.js';
import { lockRoom } from '../../../participants/membership.js';
import { Timeline, type TimelineTransaction } from '../../../timeline/timeline.service.js';
import { WEBHOOK } from '../../../transitions/machine.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import type { ProviderEventFacts, ProviderFacts } from '../../providers/provider.js';
import { Payment } from '../payment/payment.entity.js';
import { insertProviderEvent, paymentOfEvent } from '../payment/payments.queries.js';
import { Chargeback } from '../settlement/chargeback.entity.js';
import { CHARGEBACK_RANK, chargebackMachine } from '../settlement/chargeback.machine.js';
import { refundOf } from '../settlement/decisions.js';
import { Refund } from '../settlement/refund.entity.js';
import { refundMachine } from '../settlement/refund.machine.js';
import { mergePayment, mergeRefund } from './merge.js';
import { ProviderCalls } from './provider-calls.service.js';
import { ProviderEvent, type ProviderEventStatus } from './provider-event.entity.js';

const JOB = 'payment.event';

type About<Kind extends ProviderFacts['about']> = Extract<ProviderFacts, { about: Kind }>;

/** What providers tell us, in whatever order and however often: kept, and merged by a job, so that the answer is quick. */
@Injectable()
export class ProviderEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly transitions: Transitions,
    private readonly calls: ProviderCalls,
    jobs: Jobs,
  ) {
    jobs.handle(JOB, (payload) => this.process((payload as { id: string }).id));
  }

  /** Returns once it is kept. One that came before is the same one. */
  receive(provider: string, { id: externalId, ...told }: ProviderEventFacts): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const id = newId();
      if (await insertProviderEvent(manager, { id, provider, externalId, ...told })) await addJob(manager, JOB, { id });
    });
  }

  private async process(id: string): Promise<void> {
    const event = await this.dataSource.manager.findOneByOrFail(ProviderEvent, { id });
    if (event.status !== 'RECEIVED') return;
    const payment = await paymentOfEvent(this.dataSource, event.provider, event.facts);
    if (!payment) return this.close(event, 'IGNORED', 'about no payment of ours');
    // Only what was captured can be refunded or charged back: the word that it was captured is still on its way.
    if (event.facts.about !== 'payment' && payment.capturedMinor === 0) await this.calls.refresh(payment);
    await this.timeline.commit(async (tx) => {
      await lockRoom(tx.manager, payment.roomId);
      const locked = await tx.manager.findOneByOrFail(Payment, { id: payment.id });
      const isNews = await this.merge(tx, locked, event);
      const end = isNews ? { status: 'PROCESSED' as const } : { status: 'STALE' as const, note: 'went no further than what was known' };
      await tx.manager.update(ProviderEvent, { id }, { ...end, paymentId: payment.id });
    });
  }

  private merge(tx: TimelineTransaction, payment: Payment, { facts, occurredAt, provider }: ProviderEvent): Promise<boolean> {
    if (facts.about === 'refund') return this.mergeRefund(tx, payment, facts);
    if (facts.about === 'chargeback') return this.mergeChargeback(tx, payment, provider, facts);
    if (facts.about === 'payment') return this.mergePayment(tx, payment, facts, occurredAt);
    return Promise.resolve(false);
  }

  private async mergePayment(tx: TimelineTransaction, payment: Payment, facts: About<'payment'>, at: Date): Promise<boolean> {
    // An event may be faster than the answer to our own call.
    if (payment.providerRef === null) await tx.manager.update(Payment, { id: payment.id }, { providerRef: facts.ref });
    return mergePayment(tx, this.transitions, WEBHOOK, payment, facts, at);
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
    if (facts.status === 'FAILED' || facts.status === 'CANCELED') return false;
    const refund = Object.assign(refundOf(payment, amountMinor), { providerRef });
    const recorded = await this.transitions.beginIn(tx, refundMachine, WEBHOOK, { event: 'record' }, refund);
    await mergeRefund(tx, this.transitions, WEBHOOK, recorded, facts);
    return true;
  }

  private async mergeChargeback(tx: TimelineTransaction, payment: Payment, provider: string, facts: About<'chargeback'>): Promise<boolean> {
    const { ref: providerRef, status, amountMinor, currency, reason: bankReason } = facts;
    const rank = CHARGEBACK_RANK[status];
    if (rank === undefined) return false;
    const event = status.toLowerCase();
    const known = await tx.manager.findOneBy(Chargeback, { provider, providerRef });
    if (known && CHARGEBACK_RANK[known.status]! >= rank) return false;
    if (known) {
      await this.transitions.step(tx, chargebackMachine, WEBHOOK, known.id, { event });
      return true;
    }
    const { id: paymentId, roomId, authority, payerId, payeeId } = payment;
    const dueBy = facts.dueBy === null ? null : new Date(facts.dueBy);
    const own = {
      id: newId(),
      paymentId,
      roomId,
      authority,
      payerId,
      payeeId,
      provider,
      providerRef,
      amountMinor,
      currency,
      bankReason,
      dueBy,
    };
    await this.transitions.beginIn(tx, chargebackMachine, WEBHOOK, { event }, Object.assign(new Chargeback(), own));
    return true;
  }

  private async close({ id }: ProviderEvent, status: ProviderEventStatus, note: string): Promise<void> {
    await this.dataSource.manager.update(ProviderEvent, { id }, { status, note });
  }
}
