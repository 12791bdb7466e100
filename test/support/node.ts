import type { Type } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { PinoLogger } from 'nestjs-pino';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { readConfig } from '../../src/config/config.js';
import { Documents } from '../../src/graphql/documents/documents.js';
import { startNode, type Node } from '../../src/node.js';
import type { TestDatabase } from './database.js';

/** For a connection to the database, on a machine that does much else. */
const PATIENCE_MS = 60_000;

/** For what is about races: as many connections as a node has where nobody says otherwise. */
export const RACING = { DATABASE_POOL: '10' };
/** On two cores more do nothing sooner, and PostgreSQL begins and learns everything once for each. */
const FEW_CONNECTIONS = { DATABASE_POOL: '4' };

/**
 * A whole Parley on a free port. Settings are given as in the environment, for example `{ EDIT_WINDOW_MS: '0' }`. Nobody is held back
 * unless `RATE_LIMIT_FACTOR` says so; whoever provokes errors keeps them out of the run's output with `LOG_LEVEL: 'silent'`.
 * The caller closes it.
 */
export async function startTestNode({ url }: TestDatabase, settings: NodeJS.ProcessEnv = {}, features: Type[] = []): Promise<Node> {
  const defaults = { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', RATE_LIMIT_FACTOR: '0', DATABASE_URL: url, ...FEW_CONNECTIONS };
  const config = readConfig({ ...defaults, ...settings });
  // A process has one logger, which its first node has made.
  Object.assign(PinoLogger.root ?? {}, { level: config.logLevel });
  const node = await startNode(config, features);
  const { master } = node.app.get(DataSource).driver as unknown as { master: Pool };
  master.options.connectionTimeoutMillis = PATIENCE_MS;
  return node;
}

/** For who asks for everything, over and over: together that is more than a node remembers, and each would be checked anew each time. */
export function rememberAllDocuments({ app }: Node): void {
  Object.assign(app.get(Documents), { known: new LRUCache({ max: 10_000 }) });
}
