import { Injectable } from '@nestjs/common';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors/errors.js';
import { lockRoom } from '../../../participants/membership/membership.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import { ProviderEvents, type ProviderNews } from '../../payments/provider/provider-events.service.js';
import { Providers } from '../../payments/provider/providers.service.js';
import { InboundStatus } from '../receiving/inbound-event.entity.js';
import { type OpenEvent, takeEvent } from '../receiving/inbound.queries.js';
import { keepSetback, Setback } from './setback.js';

/** Merges what a payment provider told: what it means to the payment, and what has become of the event. */
@Injectable()
export class ProviderMerger {
  constructor(
    private readonly timeline: Timeline,
    private readonly providers: Providers,
    private readonly events: ProviderEvents,
    private readonly clock: Clock,
  ) {}

  /** What became of it; null when somebody else has it. @throws Setback, ParleyError */
  async merge(event: OpenEvent): Promise<InboundStatus | null> {
    const news = this.newsIn(event);
    const payment = await this.events.paymentOf(news);
    if (!payment) throw new Setback(InboundStatus.STALE, 'NOT_FOUND', 'It is about no payment of ours');
    const { id, roomId } = payment;
    return this.timeline.commit(async (tx) => {
      await lockRoom(tx.manager, roomId);
      const isNews = await this.events.merge(tx, id, news).catch((error: unknown) => {
        // What it gives back may still be set aside for something else.
        const isBlocked = error instanceof ParleyError && error.code === 'CONFLICT';
        throw isBlocked ? new Setback(InboundStatus.QUARANTINED, error.code, error.message, [`room:${roomId}`]) : error;
      });
      const now = this.clock.now();
      // What it told of names is kept all the same.
      const late = new Setback(InboundStatus.STALE, 'STALE_VERSION', 'It went no further than what was known');
      if (!isNews) return keepSetback(tx.manager, event.id, late, now);
      return (await takeEvent(tx.manager, event.id, id, now)) ? InboundStatus.PROCESSED : null;
    });
  }

  private newsIn({ provider, objectRef: paymentRef, occurredAt: at, raw }: OpenEvent): ProviderNews {
    return { provider: provider!, paymentRef, at, facts: this.providers.telling(provider!).factsIn(raw) };
  }
}
