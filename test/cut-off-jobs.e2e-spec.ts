import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Config } from '../src/config/config.js';
import { addJob } from '../src/jobs/jobs.queries.js';
import { Lifeline } from '../src/jobs/lifeline.js';
import { Jobs, type Task } from '../src/jobs/jobs.service.js';
import { Cable } from './support/cable.js';
import { createTestDatabase, openDataSource, type TestDatabase } from './support/database.js';

const LOOK_MS = 50;
const AWAY_MS = 1_000;
/** A line of jobs that starts anew waits a second, and what it was at is free to others 10 to 15 s after it was taken. */
const DONE_AGAIN_MS = 30_000;

let database: TestDatabase;
let dataSource: DataSource;
let cable: Cable;
let jobs: Jobs;

beforeAll(() => {
  // graphile-worker prints what it meets, past every logger.
  for (const method of ['trace', 'error'] as const) jest.spyOn(console, method).mockReturnValue();
  for (const method of ['error', 'warn'] as const) jest.spyOn(Logger.prototype, method).mockReturnValue();
});

beforeEach(async () => {
  database = await createTestDatabase();
  dataSource = await openDataSource(database);
  cable = await Cable.to(database.url);
  jobs = new Jobs({ databaseUrl: cable.url } as Config);
});

afterEach(async () => {
  await cable.cut();
  await dataSource.destroy();
  await database.drop();
});

afterAll(() => void jest.restoreAllMocks());

async function begin(tasks: Record<string, Task>): Promise<void> {
  for (const [name, task] of Object.entries(tasks)) jobs.handle(name, task);
  await jobs.onApplicationBootstrap();
  for (const name of Object.keys(tasks)) await addJob(dataSource, name, {});
}

/** Who holds a lifeline. */
const HOLDERS = `select pid from pg_locks l join pg_database d on d.oid = l.database where datname = current_database() and locktype = 'advisory'`;

const left = () =>
  dataSource.query('select task_identifier as task, attempts, locked_by as "heldBy", last_error as "lastError" from graphile_worker.jobs');

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  for (let left = withinMs; left > 0 && !isSo(); left -= LOOK_MS) await sleep(LOOK_MS);
  expect(isSo()).toBe(true);
}

// An error that nobody hears of ends a node; here it fails the test.
test('jobs that end while the database is away end no node, and are done once more', async () => {
  const runs = { works: 0, fails: 0 };
  const end = Promise.withResolvers<void>();
  await begin({
    works: async () => {
      if (++runs.works === 1) await end.promise;
    },
    fails: async () => {
      if (++runs.fails === 1) await end.promise;
      throw new Error('not today');
    },
  });
  await until(() => runs.works === 1 && runs.fails === 1, DONE_AGAIN_MS);

  await cable.cut();
  end.resolve();
  await sleep(AWAY_MS);
  expect(runs).toEqual({ works: 1, fails: 1 });

  await cable.mend();
  await until(() => runs.works === 2 && runs.fails === 2, DONE_AGAIN_MS);
  await jobs.onModuleDestroy();
  expect(await left()).toEqual([{ task: 'fails', attempts: 2, heldBy: null, lastError: 'not today' }]);
}, 60_000);

test('a job that fails while its node stops is written down as failed, and is free for the next node', async () => {
  const isAtIt = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  await begin({
    fails: async () => {
      isAtIt.resolve();
      await end.promise;
      throw new Error('not today');
    },
  });
  await isAtIt.promise;
  const hasStopped = jobs.onModuleDestroy();
  end.resolve();
  await hasStopped;
  expect(await left()).toEqual([{ task: 'fails', attempts: 1, heldBy: null, lastError: 'not today' }]);
});

test('a job that does not end keeps no node from stopping', async () => {
  const isAtIt = Promise.withResolvers<void>();
  await begin({
    hangs: () => {
      isAtIt.resolve();
      return new Promise(() => undefined);
    },
  });
  await isAtIt.promise;
  await jobs.onModuleDestroy();
  // PostgreSQL sees a moment later that the connection is gone.
  while ((await dataSource.query<unknown[]>(HOLDERS)).length > 0) await sleep(LOOK_MS);
});

test('a line of jobs that neither works nor ends is begun anew', async () => {
  let runs = 0;
  await begin({ works: () => Promise.resolve(void runs++) });
  await until(() => runs === 1, DONE_AGAIN_MS);
  const line = jobs['lines'].get('own')!;
  const { runner } = line['life']!;
  // As after a note of a job's end that got lost: nobody asks for a job, and the end never comes.
  const stop = jest.spyOn(runner!, 'stop').mockReturnValue(new Promise(() => undefined));
  line['life']!.heardAt = -Infinity;
  line['look']();
  await until(() => line['life']?.runner !== runner && line['life']?.runner !== null, DONE_AGAIN_MS);
  expect(stop).toHaveBeenCalled();
  await addJob(dataSource, 'works', {});
  await until(() => runs === 2, DONE_AGAIN_MS);
  line['look']();
  expect(line['life']!.isOver).toBe(false);
  stop.mockRestore();
  await runner!.stop();
  await jobs.onModuleDestroy();
});

test('a lifeline that somebody else holds costs no connection, and is held when they let go', async () => {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query(`select pg_advisory_lock(hashtextextended('one', 15))`);
  const pool = new pg.Pool({ connectionString: database.url, max: 2, statement_timeout: 50, connectionTimeoutMillis: 1_000 });
  const told: string[] = [];
  const lifeline = new Lifeline(pool, 'one', (error) => told.push((error as Error).message));
  for (let looks = 0; looks < 5; looks++) {
    await lifeline['look']();
    await until(() => !lifeline['isLooking'], DONE_AGAIN_MS);
  }
  expect(new Set(told)).toEqual(new Set(['canceling statement due to statement timeout']));
  expect(pool.totalCount - pool.idleCount).toBe(0);
  await holder.end();
  await lifeline['look']();
  expect(await dataSource.query(HOLDERS)).toHaveLength(1);
  lifeline.cut();
  await pool.end();
});
