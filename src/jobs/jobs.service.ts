import { Inject, Injectable, Logger as NestLogger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger, run, type Runner, type TaskList } from 'graphile-worker';
import pg from 'pg';
import { CONFIG, type Config } from '../config/config.js';

export type Task = (payload: unknown) => Promise<void>;

/** One connection hears of new jobs, the others take and finish them. */
const CONNECTIONS = 4;
const CONCURRENCY = 3;
const RESTART_MS = 1_000;
/** New jobs are heard of at once; this finds those whose time has come. */
const POLL_MS = 2_000;

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
  private isStopping = false;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Before the application has started. A task may run twice: the process can die between its end and the note that it has ended. */
  handle(name: string, task: Task): void {
    if (this.tasks[name]) throw new Error(`two tasks are called ${name}`);
    this.tasks[name] = task;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.pool = new pg.Pool({ connectionString: this.config.databaseUrl!, max: CONNECTIONS, application_name: 'parley-jobs' });
    const tell = (error: Error) => this.log.warn({ err: error }, 'a connection of the jobs broke');
    this.pool.on('error', tell);
    this.pool.on('connect', (client) => client.on('error', tell));
    await this.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.runner?.stop().catch(() => undefined);
    await this.pool?.end();
  }

  private async start(): Promise<void> {
    this.runner = await run({
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
