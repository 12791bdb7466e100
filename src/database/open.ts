import type { Config } from '../config/config.js';
import { startEmbeddedPostgres } from './postgres/embedded-postgres.js';
import { migrate } from './migrate.js';

export interface OpenDatabase {
  url: string;
  /** For the very end, after the last connection was closed. */
  close(): Promise<void>;
}

/** The database of the settings, or one of our own where they name none; with all tables up to date. */
export async function openDatabase({ databaseUrl, dataDir }: Config): Promise<OpenDatabase> {
  const server = databaseUrl ? null : await startEmbeddedPostgres(dataDir);
  const url = databaseUrl ?? server!.url();
  await migrate(url);
  return { url, close: async () => server?.stop() };
}
