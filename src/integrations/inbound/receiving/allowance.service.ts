import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from '../../../config/config.js';
import type { Limiter } from '../../../limits/limiter.js';
import { Limiters } from '../../../limits/limiters.service.js';

/** Of one sender: far more than a busy shop sends, and little enough for everybody else to go on. */
const ALLOWANCE = { points: 1_000, seconds: 10 };

/** How much a system may send, after it was verified: nobody uses up what is another's. */
@Injectable()
export class InboundAllowance {
  private readonly limiter: Limiter | null;

  constructor(@Inject(CONFIG) { rateLimitFactor: factor }: Config, limiters: Limiters) {
    const points = Math.max(Math.round(ALLOWANCE.points * factor), 1);
    this.limiter = factor === 0 ? null : limiters.create('inbound', { ...ALLOWANCE, points });
  }

  /** @param sender the id of an integration, or a provider @throws RATE_LIMITED */
  async take(sender: string): Promise<void> {
    await this.limiter?.take(sender);
  }
}
