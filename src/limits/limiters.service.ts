import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Redis } from 'ioredis';
import { type Config, CONFIG } from '../config/config.js';
import { type Allowance, Limiter } from './limiter.js';

const PATIENCE_MS = 1_000;
const RECONNECT_MS = 500;

/** Makes limiters, which share a connection to Redis where there is one. */
@Injectable()
export class Limiters implements OnModuleDestroy {
  private readonly redis: Redis | null;

  constructor(@Inject(CONFIG) { redisUrl }: Config) {
    this.redis = redisUrl === null ? null : this.connect(redisUrl);
  }

  /** @param name no other limiter has it */
  create(name: string, allowance: Allowance): Limiter {
    return new Limiter(name, allowance, this.redis);
  }

  onModuleDestroy(): void {
    this.redis?.disconnect();
  }

  private connect(url: string): Redis {
    const redis = new Redis(url, {
      connectTimeout: PATIENCE_MS,
      commandTimeout: PATIENCE_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      retryStrategy: () => RECONNECT_MS,
    });
    const log = new Logger('Limiters');
    return redis.on('error', (error) => log.debug(error.message));
  }
}
