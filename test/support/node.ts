import type { Type } from '@nestjs/common';
import { readConfig } from '../../src/config/config.js';
import { startNode, type Node } from '../../src/node.js';
import type { TestDatabase } from './database.js';

/** A whole Parley on a free port. Settings are given as in the environment, for example `{ EDIT_WINDOW_MS: '0' }`. Nobody is held back unless `RATE_LIMIT_FACTOR` says so. The caller closes it. */
export function startTestNode({ url }: TestDatabase, settings: NodeJS.ProcessEnv = {}, features: Type[] = []): Promise<Node> {
  const defaults = { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', RATE_LIMIT_FACTOR: '0', DATABASE_URL: url };
  return startNode(readConfig({ ...defaults, ...settings }), features);
}
