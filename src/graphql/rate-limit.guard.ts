import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../auth/context.js';
import { type Config, CONFIG } from '../config/config.js';
import type { Allowance, Limiter } from '../limits/limiter.js';
import { Limiters } from '../limits/limiters.service.js';

/** Of each operation, for each person: far more than people do, and less than a program that has gone wrong. */
const ALLOWANCES: Record<string, Allowance> = {
  Query: { points: 200, seconds: 4 },
  Mutation: { points: 100, seconds: 10 },
  // All that a person's sockets may hold (10 with 50 each) comes back at once after a break.
  Subscription: { points: 600, seconds: 60 },
  sendMessage: { points: 60, seconds: 3 },
  searchMessages: { points: 20, seconds: 4 },
  createRoom: { points: 30, seconds: 60 },
  openDirectRoom: { points: 30, seconds: 60 },
};

type Arguments = [root: unknown, args: unknown, context: RequestContext, info: GraphQLResolveInfo];

/**
 * Global, and before the guard of permissions: guessing counts, too. It counts fields and not requests, so aliases get no
 * discount, and both transports count together. Systems of the host are not counted.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly limiters = new Map<string, Limiter>();

  constructor(@Inject(CONFIG) { rateLimitFactor }: Config, limiters: Limiters) {
    if (rateLimitFactor === 0) return;
    for (const [name, { points, seconds }] of Object.entries(ALLOWANCES)) {
      this.limiters.set(name, limiters.create(name, { points: Math.max(Math.round(points * rateLimitFactor), 1), seconds }));
    }
  }

  /** @throws RATE_LIMITED with `retryAfterMs` */
  canActivate(execution: ExecutionContext): true | Promise<true> {
    if (execution.getType<GqlContextType>() !== 'graphql') return true;
    const [, , { viewer, address }, { fieldName, parentType }] = execution.getArgs<Arguments>();
    const limiter = this.limiters.get(fieldName) ?? this.limiters.get(parentType.name);
    if (!limiter || viewer?.platformRole === 'SERVICE') return true;
    return limiter.take(`${fieldName}:${viewer?.userId ?? address}`).then(() => true);
  }
}
