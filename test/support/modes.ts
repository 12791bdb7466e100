import { describe } from '@jest/globals';
import { hasRedis } from './redis.js';
import { World } from './world.js';

/**
 * The same suite on a node alone, and on two nodes with Redis between them. People act on the first node; whoever listens does so on the
 * last, `world.as(person, LAST)`, so that there everything comes over Redis.
 */
export function inBothModes(suite: (start: () => Promise<World>) => void): void {
  describe('on a node alone', () => suite(() => World.start()));
  const withRedis = hasRedis() ? describe : describe.skip;
  withRedis('on two nodes with Redis', () => suite(() => World.startOnRedis()));
}

export const LAST = -1;
