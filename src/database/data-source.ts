import { Logger } from '@nestjs/common';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { PreparingClient } from './preparing-client.js';
import { PostgresNaming } from './naming.js';

const logger = new Logger('Database');

/** How long a statement waits for a free connection, or for a server that does not answer, before it is UNAVAILABLE: a crowd that comes back is served. */
const PATIENCE_MS = 5_000;

/** A line on which nothing is said is tried by TCP, so that a connection that waits for news notices its end. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** How Parley talks to PostgreSQL, without saying which tables there are. */
export function dataSourceOptions(url: string, { databasePool }: { databasePool: number }) {
  return {
    type: 'postgres',
    url,
    applicationName: 'parley',
    namingStrategy: new PostgresNaming(),
    synchronize: false,
    logging: false,
    // Sequences and revisions stay far below 2^53, and arrive as numbers.
    parseInt8: true,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    // An idle connection that breaks is replaced at the next use.
    poolErrorHandler: (error: Error) => logger.warn({ err: error }, 'an idle database connection broke'),
    extra: {
      ...KEEP_ALIVE,
      Client: PreparingClient,
      max: databasePool,
      connectionTimeoutMillis: PATIENCE_MS,
      statement_timeout: 5_000,
      idle_in_transaction_session_timeout: 10_000,
    },
  } satisfies PostgresDataSourceOptions;
}
