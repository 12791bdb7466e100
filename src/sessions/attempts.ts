import { Injectable } from '@nestjs/common';
import type { Limiter } from '../limits/limiter.js';
import { Limiters } from '../limits/limiters.service.js';

const ALLOWANCE = { points: 10, seconds: 60 };

/** Counts tries to sign in, each call of the resolver on its own: aliases, batches and sockets get no discount. */
@Injectable()
export class Attempts {
  private readonly limiter: Limiter;

  constructor(limiters: Limiters) {
    this.limiter = limiters.create('sign-in', ALLOWANCE);
  }

  /**
   * One try from the address, for the account. A refused address takes nothing from the account, so it alone cannot lock
   * anybody out for long.
   *
   * @throws RATE_LIMITED with `retryAfterMs`
   */
  async count(address: string, account: string): Promise<void> {
    await this.limiter.take(`address:${address}`);
    await this.limiter.take(`account:${account}`);
  }
}
