import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { OneAtATime } from '../../../common/one-at-a-time.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import { ActiveEndpoints } from '../endpoint/active-endpoints.service.js';
import { type WebhookEndpoint, WebhookMode } from '../endpoint/webhook-endpoint.entity.js';
import { LEASE_MS } from '../log/attempts.service.js';
import { Courier } from './courier.service.js';
import { claimDeliveries, claimRooms, type Free, raiseRooms, sweepRooms } from '../log/dispatch.queries.js';

/** Commits of one moment share a statement. */
const GATHER_MS = 20;
const SWEEP_MS = 1_000;
const SWEEP_ROOMS = 2_000;
/** Rooms that are carried to one endpoint at once, so that a slow one holds up nobody else. */
const PLACES = 8;

/**
 * Sees to it that endpoints are told what happens in rooms. The rooms are the outbox: a room is behind where its revision is ahead of the
 * endpoint's position in it. A commit of this node says so at once; once a second a node takes over whatever is due, also that of a
 * node that was killed, and looks through some of the rooms for news that nobody has told of. Where there are no endpoints, nothing of all
 * this happens.
 */
@Injectable()
export class Dispatcher implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly log = new Logger('Webhooks');
  private readonly dirty = new Set<string>();
  private readonly busy = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private gathering: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sweptTo: string | null = null;
  private readonly looks = new OneAtATime(
    () => this.claim(),
    (error) => this.log.warn(`What is due could not be read: ${String(error)}`),
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly active: ActiveEndpoints,
    private readonly courier: Courier,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.timeline.onCommit((roomId) => {
      if (this.endpoints().length === 0) return;
      this.dirty.add(roomId);
      this.gathering ??= setTimeout(() => void this.tellCommits(), GATHER_MS).unref();
    });
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.gathering);
    this.stopping.abort();
  }

  /** What is on its way is let go, for another node to bring. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.looks.idle();
    await Promise.all(this.running);
  }

  /** Takes over what is due, at once. */
  look(): void {
    this.looks.ask();
  }

  private endpoints(): WebhookEndpoint[] {
    return this.stopping.signal.aborted ? [] : this.active.of(WebhookMode.AFTER);
  }

  private async tellCommits(): Promise<void> {
    this.gathering = undefined;
    const rooms = [...this.dirty];
    this.dirty.clear();
    const ids = this.endpoints().map(({ id }) => id);
    if (ids.length === 0) return;
    try {
      await raiseRooms(this.dataSource, rooms, ids, this.clock.now());
      this.look();
    } catch (error) {
      // The sweep finds them.
      this.log.warn(`Commits could not be told: ${String(error)}`);
    }
  }

  private async sweep(): Promise<void> {
    const ids = this.endpoints().map(({ id }) => id);
    if (ids.length === 0) return;
    try {
      this.sweptTo = await sweepRooms(this.dataSource, this.sweptTo, ids, this.clock.now(), SWEEP_ROOMS);
    } catch (error) {
      this.log.warn(`Rooms could not be looked through: ${String(error)}`);
    }
    this.look();
  }

  private async claim(): Promise<void> {
    const endpoints = new Map(this.endpoints().map((endpoint) => [endpoint.id, endpoint]));
    const now = this.clock.now();
    const until = new Date(now.getTime() + LEASE_MS);
    const { signal } = this.stopping;
    const free = this.free([...endpoints.keys()]);
    if (free.length === 0) return;
    for (const room of await claimRooms(this.dataSource, free, now, until)) {
      const endpoint = endpoints.get(room.endpoint_id);
      if (endpoint) this.start(endpoint.id, this.courier.carryRoom(endpoint, room, signal));
    }
    const left = this.free([...endpoints.keys()]);
    if (left.length === 0) return;
    for (const delivery of await claimDeliveries(this.dataSource, left, now, until)) {
      const endpoint = endpoints.get(delivery.endpoint_id);
      if (endpoint) this.start(endpoint.id, this.courier.carryDelivery(endpoint, delivery, signal));
    }
  }

  private free(endpointIds: string[]): Free[] {
    return endpointIds
      .map((endpointId) => ({ endpointId, places: PLACES - (this.busy.get(endpointId) ?? 0) }))
      .filter(({ places }) => places > 0);
  }

  private start(endpointId: string, work: Promise<void>): void {
    this.busy.set(endpointId, (this.busy.get(endpointId) ?? 0) + 1);
    const done = work
      .catch((error: unknown) => this.log.warn(`A webhook could not be brought: ${String(error)}`))
      .finally(() => {
        this.running.delete(done);
        this.busy.set(endpointId, (this.busy.get(endpointId) ?? 1) - 1);
        if (!this.stopping.signal.aborted) this.look();
      });
    this.running.add(done);
  }
}
