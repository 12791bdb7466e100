import { Injectable } from '@nestjs/common';
import { And, DataSource, type FindOptionsWhere, In, LessThan, MoreThanOrEqual } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { connect, decodeCursor, encodeCursor, type ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { notFound, ParleyError } from '../../common/errors/errors.js';
import { isId } from '../../common/values/ids.js';
import { Jobs } from '../../jobs/jobs.service.js';
import type { InboundEventFilter } from './inbound.inputs.js';
import { InboundEvent } from './receiving/inbound-event.entity.js';
import { forgetEvents, MERGE, MERGE_PROVIDERS, type ObjectName, reopenEvent } from './receiving/inbound.queries.js';
import { Merger } from './merging/merger.service.js';

const HOUR_MS = 60 * 60_000;
/** How long the log keeps what was merged, and how much of it goes in one statement. */
const KEEP_MS = 30 * 24 * HOUR_MS;
const PASS = 5_000;
const FORGET = 'inbound.forget';

/** The log of what came in, and doing it again. */
@Injectable()
export class InboundEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly merger: Merger,
    private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.handle(MERGE, (payload) => merger.mergeAll(payload as ObjectName));
    jobs.handle(MERGE_PROVIDERS, (payload) => merger.mergeAll(payload as ObjectName), 'outside');
    jobs.repeat(FORGET, HOUR_MS, () => this.forget());
  }

  /** What was merged, or was stale, longer ago than the log goes back. */
  private async forget(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - KEEP_MS);
    while ((await forgetEvents(this.dataSource, before, PASS)) === PASS);
  }

  /** Newest first. */
  async list(page: ForwardPageArgs, filter: InboundEventFilter) {
    const size = pageSize(page.first);
    const [after] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const { integrationId, provider, statuses, type, objectRef, from, to } = filter;
    const times = [...(from ? [MoreThanOrEqual(from)] : []), ...(to ? [LessThan(to)] : [])];
    const where: FindOptionsWhere<InboundEvent> = {
      ...(after !== undefined && { id: LessThan(after) }),
      ...(integrationId != null && { integrationId }),
      ...(provider != null && { provider }),
      ...(statuses != null && { status: In(statuses) }),
      ...(type != null && { type }),
      ...(objectRef != null && { objectRef }),
      ...(times.length > 0 && { receivedAt: And(...times) }),
    };
    const found = await this.dataSource.getRepository(InboundEvent).find({ where, order: { id: 'DESC' }, take: size + 1 });
    return connect(found.slice(0, size), ({ id }) => encodeCursor([id]), { next: found.length > size, previous: page.after != null });
  }

  /** With what came in. @throws NOT_FOUND */
  async one(id: string): Promise<InboundEvent> {
    const events = this.dataSource.getRepository(InboundEvent);
    const event = isId(id) ? await events.createQueryBuilder('event').addSelect('event.raw').where({ id }).getOne() : null;
    if (!event) throw notFound();
    return event;
  }

  /** Tries it again, now. @throws NOT_FOUND, CONFLICT for one that is open or was processed */
  async replay(id: string): Promise<InboundEvent> {
    await this.one(id);
    const about = await reopenEvent(this.dataSource, id);
    if (!about) throw new ParleyError('CONFLICT', 'It was processed, or is about to be');
    await this.merger.mergeAll(about);
    return this.one(id);
  }
}
