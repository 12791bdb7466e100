import { Injectable } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ParleyError } from '../common/errors.js';

const ATTEMPTS = 10;
const WINDOW_S = 60;

/** Counts tries to sign in, each call of the resolver on its own: aliases, batches and sockets get no discount. */
@Injectable()
export class Attempts {
  private readonly limiter: RateLimiterAbstract = new RateLimiterMemory({ keyPrefix: 'sign-in', points: ATTEMPTS, duration: WINDOW_S });

  /**
   * One try from the address, for the account. A refused address takes nothing from the account, so it alone cannot lock
   * anybody out for long.
   *
   * @throws RATE_LIMITED with `retryAfterMs`
   */
  async count(address: string, account: string): Promise<void> {
    await this.take(`address:${address}`);
    await this.take(`account:${account}`);
  }

  private async take(key: string): Promise<void> {
    try {
      await this.limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new ParleyError('RATE_LIMITED', undefined, { retryAfterMs: refusal.msBeforeNext });
    }
  }
}
