import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors/errors.js';
import { metrics } from '../../../common/telemetry/metrics.js';
import { InboundStatus } from '../receiving/inbound-event.entity.js';
import { failEvent, type ObjectName, openEvent, type OpenEvent, openEvents } from '../receiving/inbound.queries.js';
import { HostMerger } from './host-merger.service.js';
import { ProviderMerger } from './provider-merger.service.js';
import { keepSetback, Setback } from './setback.js';

const MAX_ATTEMPTS = 8;

/**
 * Merges what came in, and keeps what became of it. One event is one transaction, and one object has one event at a time, since its room
 * is locked before anything is judged.
 */
@Injectable()
export class Merger {
  private readonly log = new Logger('Inbound');

  constructor(
    private readonly dataSource: DataSource,
    private readonly hosts: HostMerger,
    private readonly providers: ProviderMerger,
    private readonly clock: Clock,
  ) {}

  /** Every open event of an object, in order, and once more what was tried before something came of another. @throws what went wrong on our side */
  async mergeAll(name: ObjectName): Promise<void> {
    const failures: unknown[] = [];
    const tried = new Set<string>();
    let isWorthAnother = true;
    while (isWorthAnother) {
      isWorthAnother = false;
      for (const id of await openEvents(this.dataSource, name)) {
        if (tried.has(id)) continue;
        tried.add(id);
        try {
          if (!(await this.merge(id, name))) continue;
          isWorthAnother = true;
          tried.clear();
        } catch (error) {
          failures.push(error);
        }
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `events of ${name.aggregate} ${name.ref} were not merged`);
  }

  /** Whether another try is worth it: of the others, because it has moved something, or of itself (see `settle`). */
  private async merge(id: string, about: ObjectName): Promise<boolean> {
    const event = await openEvent(this.dataSource, id);
    if (!event) return false;
    try {
      const outcome = await (event.provider === null ? this.hosts.merge(event, about) : this.providers.merge(event));
      if (outcome !== null) metrics.inboundEvents.inc({ outcome });
      return outcome === InboundStatus.PROCESSED;
    } catch (error) {
      return this.settle(event, error);
    }
  }

  /**
   * Keeps why an event did not come to pass, with no lock held. Whether it begins to wait by that: it is worth another try, since what
   * it waits for may have come between the attempt and this note. @throws what went wrong on our side, so that it is tried again
   */
  private async settle(event: OpenEvent, error: unknown): Promise<boolean> {
    const now = this.clock.now();
    const setback = error instanceof ParleyError ? new Setback(InboundStatus.QUARANTINED, error.code, error.message) : error;
    if (setback instanceof Setback) {
      const outcome = await keepSetback(this.dataSource, event.id, setback, now);
      if (outcome !== null) metrics.inboundEvents.inc({ outcome });
      return setback.waitsFor !== null && !event.isWaiting;
    }
    this.log.error({ err: error, inboundEventId: event.id }, 'an event was not merged');
    if (!(await failEvent(this.dataSource, event.id, MAX_ATTEMPTS, now, 'Something went wrong on our side'))) throw error;
    metrics.inboundEvents.inc({ outcome: InboundStatus.FAILED });
    return false;
  }
}
