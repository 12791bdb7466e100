import fs from 'node:fs';
import path from 'node:path';
import { runMigrations as installJobs } from 'graphile-worker';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { dataSourceOptions } from './data-source.js';

type MigrationClass = new () => MigrationInterface;

const FOLDER = path.join(import.meta.dirname, '../../migrations');

/** Any number, as long as nothing else that uses the database takes the same. */
const LOCK = 727_539;

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

/** Brings the tables up to date. Nodes that start at once take turns, and those behind find nothing left to do. */
export async function migrate(url: string): Promise<void> {
  const migrations = await loadMigrations();
  const options = dataSourceOptions(url, { databasePool: 2 });
  // A migration of a large table may take its time.
  const extra = { ...options.extra, Client: pg.Client, statement_timeout: 0, idle_in_transaction_session_timeout: 0 };
  // What the jobs need beyond that, they see to as they start.
  if (await areDone(migrations, new pg.Client({ ...extra, connectionString: url }))) return;
  const dataSource = new DataSource({ ...options, extra, migrations, migrationsTableName: 'migrations' });
  await dataSource.initialize();
  const guard = dataSource.createQueryRunner();
  try {
    await guard.query('select pg_advisory_lock($1)', [LOCK]);
    // The tables of the jobs are another's, in a schema of their own; migrations of ours may ask for jobs.
    await installJobs({ connectionString: url });
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await guard.release();
    await dataSource.destroy();
  }
}
