import { Inject, Injectable, Logger as NestLogger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { Logger, run, type Runner, type TaskList, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import { CONFIG, type Config } from '../config/config.js';
import { KEEP_ALIVE } from '../database/data-source.js';
import { ImpatientClient } from '../database/impatient-client.js';
import { Lifeline } from './lifeline.js';

export type Task = (payload: unknown) => Promise<void>;

/** One connection hears of new jobs, one holds the lifeline, the others take and finish jobs. */
const CONNECTIONS = 5;
const CONCURRENCY = 3;
/** For a connection, and for a statement: to take a job or to finish one is a matter of milliseconds. */
const PATIENCE_MS = 5_000;
const RESTART_MS = 1_000;
/** New jobs are heard of at once; this finds those whose time has come. */
const POLL_MS = 2_000;
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
  private readonly tasks: TaskList = {};
  private pool: pg.Pool | null = null;
  private runner: Runner | null = null;
  private readonly repeated: string[] = [];
  private lifeline: Lifeline | null = null;
  private isStopping = false;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Before the application has started. A task may run twice: the process can die between its end and the note that it has ended. */
  handle(name: string, task: Task): void {
    if (this.tasks[name]) throw new Error(`two tasks are called ${name}`);
    this.tasks[name] = task;
  }

  /** The same, over and over: a minute after the first node has started, then so long after each time. One node of the cluster does it. */
  repeat(name: string, everyMs: number, task: () => Promise<void>): void {
    this.repeated.push(name);
    this.handle(name, async () => {
      await task();
      await this.runner?.addJob(name, {}, { jobKey: name, runAt: new Date(Date.now() + everyMs) });
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
    await this.start();
    for (const name of this.repeated) {
      const runAt = new Date(Date.now() + FIRST_REPEAT_MS);
      await this.runner?.addJob(name, {}, { jobKey: name, jobKeyMode: 'preserve_run_at', runAt });
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.runner?.stop().catch(() => undefined);
    this.lifeline?.cut();
    await this.pool?.end();
  }

  private async start(): Promise<void> {
    const events: WorkerEvents = new EventEmitter();
    events.on('pool:create', ({ workerPool }) => {
      this.lifeline?.cut();
      this.lifeline = new Lifeline(this.pool!, workerPool.id, (error) =>
        this.log.warn({ err: error }, 'jobs of dead nodes were not freed'),
      );
    });
    this.runner = await run({
      events,
      pgPool: this.pool!,
      taskList: this.tasks,
      crontab: '',
      concurrency: CONCURRENCY,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      logger: new Logger(() => (level, message, meta) => this.tell(level, message, meta)),
    });
    // It gives up when its database is away for long, and ends; the node does not.
    this.runner.promise.catch((error: unknown) => this.log.warn({ err: error }, 'the jobs stopped')).finally(() => this.restart());
  }

  private restart(): void {
    if (this.isStopping) return;
    setTimeout(() => {
      if (!this.isStopping) this.start().catch(() => this.restart());
    }, RESTART_MS).unref();
  }

  private tell(level: string, message: string, meta?: Record<string, unknown>): void {
    if (level === 'error') this.log.error({ ...meta }, message);
    else if (level === 'warning') this.log.warn({ ...meta }, message);
  }
}
