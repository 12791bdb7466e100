import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { addJob, removeJob } from '../../jobs/jobs.queries.js';
import { Jobs } from '../../jobs/jobs.service.js';
import { lockRoom } from '../../participants/membership/membership.js';
import { Timeline, type TimelineTransaction } from '../../timeline/timeline.service.js';
import {
  dropDeadlines,
  type DueDeadline,
  dueDeadlines,
  findDeadline,
  openDeadlines,
  setDeadline,
  takeDeadline,
} from './deadlines.queries.js';

/** What a deadline does, in the transaction that marks it as fired. `argument` is what follows the colon of its task. */
export type DeadlineTask = (tx: TimelineTransaction, deadline: DueDeadline, argument: string) => Promise<void>;

const JOB = 'deadline';
const keyOf = (id: string) => `deadline:${id}`;

/**
 * What happens by itself: rows, each with a job that wakes a node at its time. The job is a doorbell. Whoever fires a deadline locks
 * its room and takes the row, and what it does commits with the row: exactly once in a cluster, however often the bell rings.
 */
@Injectable()
export class Deadlines implements OnApplicationBootstrap {
  private readonly log = new Logger('Deadlines');
  private readonly tasks = new Map<string, DeadlineTask>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.handle(JOB, async (payload) => {
      const { id, dueAt } = payload as { id: string; dueAt: string };
      const deadline = await findDeadline(dataSource, id);
      if (deadline) await this.fire({ ...deadline, dueAt: new Date(dueAt) });
    });
  }

  /** Before the application has started. */
  handle(name: string, task: DeadlineTask): void {
    if (this.tasks.has(name)) throw new Error(`two deadlines are called ${name}`);
    this.tasks.set(name, task);
  }

  /** Bells that were lost with another database's jobs ring now. */
  async onApplicationBootstrap(): Promise<void> {
    await this.runDue();
  }

  /** Moves the deadline if there is one of this task already. */
  async set(manager: EntityManager, subject: { roomId: string; aggregate: string; id: string }, task: string, dueAt: Date): Promise<void> {
    const id = await setDeadline(manager, { ...subject, aggregateId: subject.id, task, dueAt });
    await addJob(manager, JOB, { id, dueAt }, { runAt: dueAt, key: keyOf(id) });
  }

  async drop(manager: EntityManager, subject: { aggregate: string; id: string }, mustGo: (task: string) => boolean): Promise<void> {
    const gone = (await openDeadlines(manager, subject.aggregate, subject.id)).filter(({ task }) => mustGo(task));
    if (gone.length === 0) return;
    await dropDeadlines(
      manager,
      gone.map(({ id }) => id),
    );
    for (const { id } of gone) await removeJob(manager, keyOf(id));
  }

  /** Everything whose time has come by the clock of this node. Returns how many fired. */
  async runDue(): Promise<number> {
    let total = 0;
    for (;;) {
      let fired = 0;
      for (const deadline of await dueDeadlines(this.dataSource, this.clock.now())) {
        const failed = (error: unknown) => this.log.error({ err: error, deadline: deadline.id }, 'a deadline failed');
        // One that fails is tried again by its job, and must not hold up the others.
        const hasFired = await this.fire(deadline).catch(failed);
        if (hasFired) fired++;
      }
      if (fired === 0) return total;
      total += fired;
    }
  }

  /** At the time for which the bell rang. Who waits for the room may find that it was put off meanwhile: that has a bell of its own. */
  private fire(deadline: DueDeadline): Promise<boolean> {
    return this.timeline.commit(async (tx) => {
      // The room before anything in it, as everybody does.
      await lockRoom(tx.manager, deadline.roomId);
      const taken = await takeDeadline(tx.manager, deadline, this.clock.now());
      if (!taken) return false;
      const [name = '', argument = ''] = taken.task.split(/:(.*)/s);
      const task = this.tasks.get(name);
      if (!task) throw new Error(`nobody handles the deadline ${name}`);
      await task(tx, taken, argument);
      return true;
    });
  }
}
