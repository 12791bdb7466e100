import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskList } from 'graphile-worker';
import pg from 'pg';
import { CONFIG, type Config } from '../config/config.js';
import { KEEP_ALIVE } from '../database/data-source.js';
import { ImpatientClient } from '../database/impatient-client.js';
import { JobLine } from './line.js';

export type Task = (payload: unknown) => Promise<void>;
/** Where a task waits its turn: `outside` is for calls to other people's servers. */
export type Line = 'own' | 'outside';

const LINES: readonly Line[] = ['own', 'outside'];

/**
 * Of each line one connection hears of new jobs and one holds the lifeline, and so does one that was given up; the others take and finish
 * jobs, which none of them does for long.
 */
const CONNECTIONS = 8;
/** What waits for somebody else's server stands in a line of its own, so that one who hangs holds up nothing of ours. */
const CONCURRENCY = { own: 3, outside: 3 };
/** For a connection, and for a statement: to take a job or to finish one is a matter of milliseconds. */
const PATIENCE_MS = 5_000;
/** For connections that end. */
const GOODBYE_MS = 500;
/** Once, whoever asks for it. */
const REPEAT = `select from graphile_worker.add_job($1, payload := '{}', run_at := $2, job_key := $1, job_key_mode := $3)`;
/** After the first start: when the node has other things to do no more. */
const FIRST_REPEAT_MS = 60_000;

/**
 * Work that follows a commit: one node of the cluster does it, and does it again, later and later, when it fails. What is done is
 * registered by the feature; `addJob` asks for it, in the transaction that makes it necessary.
 *
 * @see graphile-worker, whose tables stand in the schema `graphile_worker` of the same database
 */
@Injectable()
export class Jobs implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Jobs');
  private readonly tasks: Record<Line, TaskList> = { own: {}, outside: {} };
  private readonly lines = new Map<Line, JobLine>();
  private readonly repeated: string[] = [];
  private pool: pg.Pool | null = null;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Before the application has started. A task may run twice: the process can die between its end and the note that it has ended. */
  handle(name: string, task: Task, line: Line = 'own'): void {
    if (LINES.some((one) => this.tasks[one][name])) throw new Error(`two tasks are called ${name}`);
    this.tasks[line][name] = task;
  }

  /** The same, over and over: a minute after the first node has started, then so long after each time. One node of the cluster does it. */
  repeat(name: string, everyMs: number, task: () => Promise<void>): void {
    this.repeated.push(name);
    this.handle(name, async () => {
      await task();
      await this.pool!.query(REPEAT, [name, new Date(Date.now() + everyMs), 'replace']);
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { log } = this;
    const pool = new pg.Pool({
      ...KEEP_ALIVE,
      Client: ImpatientClient,
      connectionString: this.config.databaseUrl!,
      connectionTimeoutMillis: PATIENCE_MS,
      statement_timeout: PATIENCE_MS,
      max: CONNECTIONS,
      application_name: 'parley-jobs',
    });
    this.pool = pool;
    const tell = (error: Error) => log.warn({ err: error }, 'a connection of the jobs broke');
    pool.on('error', tell);
    pool.on('connect', (client) => client.on('error', tell));
    for (const line of LINES) {
      this.lines.set(line, new JobLine({ pool, tasks: this.tasks[line], concurrency: CONCURRENCY[line], log }));
      await this.lines.get(line)!.begin();
    }
    for (const name of this.repeated) {
      const runAt = new Date(Date.now() + FIRST_REPEAT_MS);
      await pool.query(REPEAT, [name, runAt, 'preserve_run_at']);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.lines.values()].map((line) => line.stop()));
    await Promise.race([this.pool?.end(), sleep(GOODBYE_MS, undefined, { ref: false })]);
  }
}
