import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { openCluster, openRedis, type RedisAddress } from '../common/redis.js';
import { type Config, CONFIG } from '../config/config.js';
import { type Allowance, Limiter } from './limiter.js';

/** A count that nobody waits for any more stays with the connection until its answer: one that says nothing is given up with all of them. */
const SILENCE_MS = 2_000;

/** Makes limiters, which share a connection to Redis where there is one. */
@Injectable()
export class Limiters implements OnModuleDestroy {
  private readonly redis: Redis | Cluster | null;

  constructor(@Inject(CONFIG) { redis }: Config) {
    this.redis = redis && this.connect(redis);
  }

  /** @param name no other limiter has it */
  create(name: string, allowance: Allowance): Limiter {
    return new Limiter(name, allowance, this.redis);
  }

  onModuleDestroy(): void {
    this.redis?.disconnect();
  }

  private connect({ urls, isCluster }: RedisAddress): Redis | Cluster {
    const options = { enableAutoPipelining: true };
    const patience = { socketTimeout: SILENCE_MS };
    const redis = isCluster
      ? openCluster(urls, { ...options, redisOptions: patience })
      : openRedis(urls[0] ?? '', { ...options, ...patience });
    const log = new Logger('Limiters');
    return redis.on('error', (error: Error) => log.debug(error.message));
  }
}
