import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors/errors.js';
import { metrics } from '../../../common/telemetry/metrics.js';
import type { RawAnswer, RawPost } from '../../../common/raw-posts.js';
import type { StripeProvider } from '../../providers/stripe.js';
import { InboundAllowance } from './allowance.service.js';
import { keepProviderEvent } from './inbound.queries.js';

/** Takes what a payment provider tells of payments. What is not signed leaves no trace but a number. */
@Injectable()
export class ProviderReceiver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly allowance: InboundAllowance,
  ) {}

  /**
   * 202 for a new event, which is kept before it is answered; 200 for one that was sent before, and for one that is about no payment: a
   * provider who was refused would send it for days.
   *
   * @throws UNAUTHENTICATED, RATE_LIMITED
   */
  async receive(stripe: StripeProvider, post: RawPost): Promise<RawAnswer> {
    try {
      return await this.take(stripe, post);
    } catch (error) {
      if (error instanceof ParleyError) metrics.inboundRefused.inc({ why: error.code });
      throw error;
    }
  }

  private async take(stripe: StripeProvider, { headers, body }: RawPost): Promise<RawAnswer> {
    const signature = headers['stripe-signature'];
    const event = typeof signature === 'string' ? stripe.read(body, signature) : null;
    if (!event) throw new ParleyError('UNAUTHENTICATED', 'The signature is not valid');
    await this.allowance.take(stripe.name);
    if (event.paymentRef === null) return { status: 200, body: { status: 'IGNORED' } };
    const id = await keepProviderEvent(this.dataSource, stripe.name, event, this.clock.now());
    metrics.inboundEvents.inc({ outcome: id === null ? 'DUPLICATE' : 'ACCEPTED' });
    return id === null ? { status: 200, body: { status: 'DUPLICATE' } } : { status: 202, body: { status: 'ACCEPTED', id } };
  }
}
