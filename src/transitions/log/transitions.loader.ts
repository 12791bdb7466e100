import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import { StepRequest, StepRequestStatus } from './step-request.entity.js';
import type { Transition } from './transition.entity.js';
import { transitionsOfMessages, transitionsOfSubjects } from './transitions.queries.js';

/** A subject takes a few dozen steps in its life; who needs all of a longer one reads the room's messages. */
export const MAX_STEPS = 100;

const subjectOf = (key: string) => ({ aggregate: key.slice(0, key.indexOf(':')), id: key.slice(key.indexOf(':') + 1) });

@Injectable()
export class TransitionsLoader {
  private readonly byMessage = perContext<RequestContext, string, Transition>(
    async (ids) => new Map((await transitionsOfMessages(this.dataSource, ids)).map((one) => [one.messageId, one])),
  );

  private readonly bySubject = perContext<RequestContext, string, Transition[]>(async (keys) => {
    const steps = await transitionsOfSubjects(this.dataSource, keys.map(subjectOf), MAX_STEPS);
    return Map.groupBy(steps, (step) => `${step.aggregate}:${step.aggregateId}`);
  });

  private readonly pending = perContext<RequestContext, string, StepRequest[]>(async (keys) => {
    const subjects = keys.map(subjectOf);
    const where = {
      aggregate: In([...new Set(subjects.map(({ aggregate }) => aggregate))]),
      aggregateId: In(subjects.map(({ id }) => id)),
      status: StepRequestStatus.PENDING,
    };
    const asked = await this.dataSource.manager.find(StepRequest, { where, order: { at: 'ASC' } });
    return Map.groupBy(asked, ({ aggregate, aggregateId }) => `${aggregate}:${aggregateId}`);
  });

  constructor(private readonly dataSource: DataSource) {}

  ofMessage(context: RequestContext, messageId: string): Promise<Transition | undefined> {
    return this.byMessage(context).load(messageId);
  }

  /** In their order. */
  async ofSubject(context: RequestContext, aggregate: string, id: string): Promise<Transition[]> {
    return (await this.bySubject(context).load(`${aggregate}:${id}`)) ?? [];
  }

  /** What people asked the host for, the oldest first. */
  async pendingOf(context: RequestContext, aggregate: string, id: string): Promise<StepRequest[]> {
    return (await this.pending(context).load(`${aggregate}:${id}`)) ?? [];
  }
}
