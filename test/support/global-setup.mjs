import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/src/database/postgres/embedded-postgres.js';
import { migrate } from '../../dist/src/database/migrate.js';

/** One PostgreSQL for the run, that of DATABASE_URL or one of our own, with a migrated database that each test file clones. */
export default async function setUp() {
  const run = `parley_test_${process.pid}`;
  // If jest is interrupted, or killed, the server ends with it and takes its folder along.
  const server = process.env.DATABASE_URL ? null : await startEmbeddedPostgres(path.join(os.tmpdir(), run), { isTemporary: true });
  const url = process.env.DATABASE_URL ?? server.url();

  const template = new URL(url);
  template.pathname = run;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`drop database if exists ${run}`);
  await client.query(`create database ${run}`);
  await client.end();
  await migrate(template.href);

  process.env.PARLEY_TEST_SERVER = url;
  process.env.PARLEY_TEST_TEMPLATE = run;
  globalThis.parleyTestServer = { server, url, run };
}
