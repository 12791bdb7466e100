import fs from 'node:fs';
import path from 'node:path';
import { runMigrations as installJobs } from 'graphile-worker';
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from './data-source.js';
import { ImpatientClient } from './impatient-client.js';

type MigrationClass = new () => MigrationInterface;

const FOLDER = path.join(import.meta.dirname, '../../migrations');

/** Any number, as long as nothing else that uses the database takes the same. */
const LOCK = 727_539;
const LOOK_MS = 200;
const TELL_MS = 10_000;

/** Imported here and not by TypeORM, whose own way of importing does not work inside Jest. */
async function loadMigrations(): Promise<MigrationClass[]> {
  const extension = path.extname(import.meta.filename);
  const files = fs.readdirSync(FOLDER).filter((file) => path.extname(file) === extension);
  const modules = await Promise.all(files.map((file) => import(path.join(FOLDER, file)) as Promise<Record<string, MigrationClass>>));
  return modules.flatMap((module) => Object.values(module));
}

const DONE = `select array_agg(name) as names from migrations`;
/** Of PostgreSQL, for a table that is not there. */
const UNDEFINED_TABLE = '42P01';

/** Whether a node of this version, or of a later one, has run them all. It is one connection to see that, and four to run them. */
async function areDone(migrations: MigrationClass[], client: pg.Client): Promise<boolean> {
  await client.connect();
  try {
    const { rows } = await client.query<{ names: string[] | null }>(DONE);
    const names = new Set(rows[0]?.names);
    return migrations.every(({ name }) => names.has(name));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return false;
    throw error;
  } finally {
    await client.end();
  }
}

/** For good where the other has died without a word, until its server notices: whoever looks at the log knows why this node does not begin. */
async function takeTurn(guard: QueryRunner): Promise<void> {
  for (let waited = 0; ; waited += LOOK_MS) {
    const [{ is_ours: isOurs }] = (await guard.query('select pg_try_advisory_lock($1) as is_ours', [LOCK])) as [{ is_ours: boolean }];
    if (isOurs) return;
    if (waited % TELL_MS === 0) new Logger('Migrations').log('another node runs the migrations; this one waits for it');
    await sleep(LOOK_MS);
  }
}

/** Brings the tables up to date. Nodes that start at once take turns, and those behind find nothing left to do. */
export async function migrate(url: string): Promise<void> {
  const migrations = await loadMigrations();
  const options = dataSourceOptions(url, { databasePool: 2 });
  // A migration of a large table may take its time.
  const extra = { ...options.extra, Client: pg.Client, statement_timeout: 0, idle_in_transaction_session_timeout: 0 };
  // What the jobs need beyond that, they see to as they start.
  if (await areDone(migrations, new ImpatientClient({ ...options.extra, connectionString: url }))) return;
  const dataSource = new DataSource({ ...options, extra, migrations, migrationsTableName: 'migrations' });
  await dataSource.initialize();
  const guard = dataSource.createQueryRunner();
  try {
    await takeTurn(guard);
    // The tables of the jobs are another's, in a schema of their own; migrations of ours may ask for jobs.
    await installJobs({ connectionString: url });
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await guard.release();
    await dataSource.destroy();
  }
}
