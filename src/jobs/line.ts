import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger as NestLogger } from '@nestjs/common';
import { Logger, run, type Runner, type TaskList, type WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import { Lifeline } from './lifeline.js';

const RESTART_MS = 1_000;
/** New jobs are heard of at once; this finds those whose time has come. */
const POLL_MS = 2_000;
/** Somebody who has nothing to do asks for a job each time: who has heard nothing for so long never will. */
const SILENCE_MS = 30_000;
const WATCH_MS = 5_000;
/** For what is being done when the node stops; then it is free for another node. */
const STOP_MS = 2_000;
/** For what is being done when the line is given up: until then it is nobody else's, who would do it at the same time. */
const RETIRE_MS = 60_000;
/**
 * Not one at a time: what is written down in batches has somebody who hears that it could not be, and the line starts anew. Otherwise
 * nobody does, and an error that nobody hears of ends the process.
 *
 * @see https://worker.graphile.org/docs/performance#batching
 */
const BATCHES = { completeJobBatchDelay: 0, failJobBatchDelay: 0 };

export interface LineOptions {
  pool: pg.Pool;
  tasks: TaskList;
  /** Jobs at once. */
  concurrency: number;
  log: NestLogger;
}

/** From one start of graphile-worker to its end, or until it is given up. */
interface Life {
  runner: Runner | null;
  lifeline: Lifeline | null;
  running: number;
  heardAt: number;
  isOver: boolean;
}

const newLife = (): Life => ({ runner: null, lifeline: null, running: 0, heardAt: performance.now(), isOver: false });

/**
 * Jobs that one after another wait for their turn, done by graphile-worker. That gives up when its database is away for long, and there are
 * ways in which it neither works nor ends: after a note of a job's end that got lost, or a first question that failed. So it is watched, and
 * begun anew in either case. Of the jobs that were under way some may be done twice.
 */
export class JobLine {
  private life: Life | null = null;
  private readonly watch: NodeJS.Timeout;
  private isStopping = false;

  constructor(private readonly options: LineOptions) {
    this.watch = setInterval(() => this.look(), WATCH_MS).unref();
  }

  async begin(life = newLife()): Promise<void> {
    const { pool, tasks, concurrency, log } = this.options;
    this.life = life;
    const runner = await run({
      events: this.eventsOf(life),
      pgPool: pool,
      taskList: tasks,
      crontab: '',
      concurrency,
      pollInterval: POLL_MS,
      preset: { worker: BATCHES },
      noHandleSignals: true,
      logger: new Logger(() => (level, message, meta) => this.tell(level, message, meta)),
    });
    life.runner = runner;
    const ended = runner.promise.catch((error: unknown) => log.warn({ err: error }, 'the jobs stopped'));
    void ended.finally(() => {
      life.lifeline?.cut();
      this.renew(life);
    });
    if (this.isStopping || life.isOver) await this.end(life, STOP_MS);
  }

  /** What is under way is finished, or left to another node. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.watch);
    if (this.life) await this.end(this.life, STOP_MS);
  }

  private async end(life: Life, patienceMs: number): Promise<void> {
    const stopped = life.runner?.stop().catch(() => undefined);
    await Promise.race([stopped, sleep(patienceMs, undefined, { ref: false })]);
    life.lifeline?.cut();
  }

  private eventsOf(life: Life): WorkerEvents {
    const events: WorkerEvents = new EventEmitter();
    const heard = (change = 0) => {
      life.heardAt = performance.now();
      life.running += change;
    };
    const tell = (error: unknown) => this.options.log.warn({ err: error }, 'jobs of dead nodes were not freed');
    events.on('pool:create', ({ workerPool }) => (life.lifeline = new Lifeline(this.options.pool, workerPool.id, tell)));
    events.on('job:start', () => heard(1));
    events.on('job:complete', () => heard(-1));
    events.on('worker:getJob:empty', () => heard());
    return events;
  }

  private look(): void {
    const { life } = this;
    if (!life || life.running >= this.options.concurrency || performance.now() - life.heardAt < SILENCE_MS) return;
    this.options.log.warn(`no job was asked for in ${SILENCE_MS / 1_000} s: the line begins anew`);
    void this.end(life, RETIRE_MS);
    this.renew(life);
  }

  private renew(life: Life): void {
    if (this.isStopping || life.isOver) return;
    life.isOver = true;
    setTimeout(() => {
      const next = newLife();
      if (!this.isStopping) this.begin(next).catch(() => this.renew(next));
    }, RESTART_MS).unref();
  }

  private tell(level: string, message: string, meta?: Record<string, unknown>): void {
    if (level === 'error') this.options.log.error({ ...meta }, message);
    else if (level === 'warning') this.options.log.warn({ ...meta }, message);
  }
}
