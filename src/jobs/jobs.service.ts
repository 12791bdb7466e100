import { Inject, Injectable, Logger as NestLogger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { Logger, run, type Runner, type TaskList, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import { CONFIG, type Config } from '../config/config.js';
import { KEEP_ALIVE } from '../database/data-source.js';
import { ImpatientClient } from '../database/impatient-client.js';
import { Lifeline } from './lifeline.js';

export type Task = (payload: unknown) => Promise<void>;
/** Where a task waits its turn: `outside` is for calls to other people's servers. */
export type Line = 'own' | 'outside';

const LINES: readonly Line[] = ['own', 'outside'];

/** Of each line one connection hears of new jobs and one holds the lifeline; the others take and finish jobs, which none of them does for long. */
const CONNECTIONS = 6;
/** What waits for somebody else's server stands in a line of its own, so that one who hangs holds up nothing of ours. */
const CONCURRENCY = { own: 3, outside: 3 };
/** For a connection, and for a statement: to take a job or to finish one is a matter of milliseconds. */
const PATIENCE_MS = 5_000;
const RESTART_MS = 1_000;
/** New jobs are heard of at once; this finds those whose time has come. */
const POLL_MS = 2_000;
/**
 * Not one at a time: what is written down in batches has somebody who hears that it could not be, and the line starts anew. Otherwise
 * nobody does, and an error that nobody hears of ends the process.
 *
 * @see https://worker.graphile.org/docs/performance#batching
 */
const BATCHES = { completeJobBatchDelay: 0, failJobBatchDelay: 0 };
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
  private readonly log = new NestLogger('Jobs');
  private readonly tasks: Record<Line, TaskList> = { own: {}, outside: {} };
  private pool: pg.Pool | null = null;
  private readonly runners = new Map<Line, Runner>();
  private readonly repeated: string[] = [];
  private readonly lifelines = new Map<Line, Lifeline>();
  private isStopping = false;

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
      await this.runners.get('own')?.addJob(name, {}, { jobKey: name, runAt: new Date(Date.now() + everyMs) });
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.pool = new pg.Pool({
      ...KEEP_ALIVE,
      Client: ImpatientClient,
      connectionString: this.config.databaseUrl!,
      connectionTimeoutMillis: PATIENCE_MS,
      statement_timeout: PATIENCE_MS,
      max: CONNECTIONS,
      application_name: 'parley-jobs',
    });
    const tell = (error: Error) => this.log.warn({ err: error }, 'a connection of the jobs broke');
    this.pool.on('error', tell);
    this.pool.on('connect', (client) => client.on('error', tell));
    for (const line of LINES) await this.start(line);
    for (const name of this.repeated) {
      const runAt = new Date(Date.now() + FIRST_REPEAT_MS);
      await this.runners.get('own')?.addJob(name, {}, { jobKey: name, jobKeyMode: 'preserve_run_at', runAt });
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await Promise.all([...this.runners.values()].map((runner) => runner.stop().catch(() => undefined)));
    for (const lifeline of this.lifelines.values()) lifeline.cut();
    await this.pool?.end();
  }

  private async start(line: Line): Promise<void> {
    const events: WorkerEvents = new EventEmitter();
    events.on('pool:create', ({ workerPool }) => {
      this.lifelines.get(line)?.cut();
      const tell = (error: unknown) => this.log.warn({ err: error }, 'jobs of dead nodes were not freed');
      this.lifelines.set(line, new Lifeline(this.pool!, workerPool.id, tell));
    });
    const runner = await run({
      events,
      pgPool: this.pool!,
      taskList: this.tasks[line],
      crontab: '',
      concurrency: CONCURRENCY[line],
      pollInterval: POLL_MS,
      preset: { worker: BATCHES },
      noHandleSignals: true,
      logger: new Logger(() => (level, message, meta) => this.tell(level, message, meta)),
    });
    // It gives up when its database is away for long, and ends; the node does not.
    this.runners.set(line, runner);
    runner.promise.catch((error: unknown) => this.log.warn({ err: error }, 'the jobs stopped')).finally(() => this.restart(line));
  }

  private restart(line: Line): void {
    if (this.isStopping) return;
    setTimeout(() => {
      if (!this.isStopping) this.start(line).catch(() => this.restart(line));
    }, RESTART_MS).unref();
  }

  private tell(level: string, message: string, meta?: Record<string, unknown>): void {
    if (level === 'error') this.log.error({ ...meta }, message);
    else if (level === 'warning') this.log.warn({ ...meta }, message);
  }
}
