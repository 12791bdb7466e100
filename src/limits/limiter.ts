import type { Cluster, Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { ParleyError } from '../common/errors/errors.js';

/** So many in a window of so many seconds, which begins with the first: all of them at once if somebody likes. */
export interface Allowance {
  points: number;
  seconds: number;
}

/** From so many points on, the others hear of somebody when a tenth is used up: ordinary use never does, and costs Redis nothing. */
const WORTH_TOLERANCE = 20;

const toleranceOf = (points: number) => (points < WORTH_TOLERANCE ? 0 : Math.floor(points / 10));

/**
 * Counts what somebody does. This node decides at once and by its own figures. With Redis the figures of all nodes are added up
 * there, and who has used up the allowance of all is then stopped here too: nobody waits for that answer, so a Redis that is slow
 * or away delays nothing, and a burst over several nodes gets a little further than one over a single node.
 */
export class Limiter {
  private readonly own: RateLimiterMemory;
  private readonly all: RateLimiterRedis | null;
  private readonly tolerance: number;

  /** @param redis null: this node counts alone */
  constructor(name: string, { points, seconds }: Allowance, redis: Redis | Cluster | null) {
    const options = { keyPrefix: `parley:limit:${name}`, duration: seconds };
    this.tolerance = toleranceOf(points);
    this.own = new RateLimiterMemory({ ...options, points });
    // Its windows begin later than those of the nodes, and may not refuse who stays within theirs.
    this.all =
      redis && new RateLimiterRedis({ ...options, points: points + 2 * this.tolerance, storeClient: redis, rejectIfRedisNotReady: true });
  }

  /** @throws RATE_LIMITED with `retryAfterMs` */
  async take(key: string): Promise<void> {
    try {
      const { consumedPoints } = await this.own.consume(key);
      if (this.all && consumedPoints > this.tolerance) this.tell(this.all, key, consumedPoints);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new ParleyError('RATE_LIMITED', undefined, { retryAfterMs: refusal.msBeforeNext });
    }
  }

  private tell(all: RateLimiterRedis, key: string, consumed: number): void {
    const isFirst = consumed === this.tolerance + 1;
    all.consume(key, isFirst ? consumed : 1).catch((refusal: unknown) => {
      // Anything else says that Redis is away.
      if (refusal instanceof RateLimiterRes) void this.own.block(key, Math.max(refusal.msBeforeNext, 1) / 1000);
    });
  }
}
