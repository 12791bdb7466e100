import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ReceiptAdvanced } from '../../../timeline/log/read-position.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import { ActiveEndpoints } from '../endpoint/active-endpoints.service.js';
import { WebhookMode } from '../endpoint/webhook-endpoint.entity.js';
import { Dispatcher } from './dispatcher.service.js';
import { asksForReads } from './read-courier.service.js';
import { raiseReads, retryReads, sweepReads } from '../log/reads.queries.js';

/** Who reads mostly reads on: what is read in one moment is told once. */
const GATHER_MS = 100;
const SWEEP_MS = 1_000;
const SWEEP_ROOMS = 500;

/**
 * Notices that somebody has read, for the endpoints that ask for it: at once where it was on this node, and by looking through some of the
 * rooms once a second where a node was killed before it could say so. Without such endpoints it does nothing.
 */
@Injectable()
export class ReadWatch implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Webhooks');
  private readonly rooms = new Set<string>();
  private gathering: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sweptTo: string | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly active: ActiveEndpoints,
    private readonly dispatcher: Dispatcher,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.timeline.onNotice((roomId, state) => {
      if (!(state instanceof ReceiptAdvanced) || this.endpoints().length === 0) return;
      this.rooms.add(roomId);
      this.gathering ??= setTimeout(() => void this.tell(), GATHER_MS).unref();
    });
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.gathering);
  }

  private tell(): Promise<void> {
    this.gathering = undefined;
    const rooms = [...this.rooms];
    this.rooms.clear();
    return this.raise((endpointIds, now) => raiseReads(this.dataSource, rooms, endpointIds, now));
  }

  private sweep(): Promise<void> {
    return this.raise(async (endpointIds, now) => {
      await retryReads(this.dataSource, SWEEP_ROOMS, endpointIds, now);
      this.sweptTo = await sweepReads(this.dataSource, this.sweptTo, endpointIds, now, SWEEP_ROOMS);
    });
  }

  private async raise(work: (endpointIds: string[], now: Date) => Promise<void>): Promise<void> {
    const ids = this.endpoints();
    if (ids.length === 0) return;
    try {
      await work(ids, this.clock.now());
      this.dispatcher.look();
    } catch (error) {
      // The next sweep finds them.
      this.log.warn(`What was read could not be told: ${String(error)}`);
    }
  }

  private endpoints(): string[] {
    return this.active
      .of(WebhookMode.AFTER)
      .filter(asksForReads)
      .map(({ id }) => id);
  }
}
