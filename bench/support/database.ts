import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/database/postgres/embedded-postgres.js';

export interface BenchDatabase {
  url: string;
  /** For what the API has no operation for: a million messages, say. */
  client: pg.Client;
  version: string;
  close(): Promise<void>;
}

/** On the server of DATABASE_URL, or one of our own in a temporary folder: durable as in production, and deleted at the end. */
async function openServer(): Promise<{ url: string; close(): Promise<void> }> {
  const given = process.env['DATABASE_URL'];
  if (given) return { url: given, close: () => Promise.resolve() };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-bench-'));
  // The server may run under another account.
  fs.chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres(folder);
  const close = async () => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { url: server.url(), close };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** A fresh database; what the server holds otherwise is left alone. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const server = await openServer();
  const name = `parley_bench_${process.pid}`;
  const admin = await connect(server.url);
  await admin.query(`create database ${name}`);
  const url = new URL(server.url);
  url.pathname = name;
  const client = await connect(url.href);
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`);
  const close = async () => {
    await client.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
    await server.close();
  };
  return { url: url.href, client, version: rows[0]!.version, close };
}
