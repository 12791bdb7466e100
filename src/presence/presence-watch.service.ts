import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { Bus } from '../live/bus/bus.js';
import { Hubs } from '../live/hub/hubs.js';
import { PresenceChanged } from '../live/presence-changed.js';
import { presenceChanges } from './presence.queries.js';
import { Presence, presenceTopic } from './presence.service.js';

const SWEEP_MS = 5_000;
/** Clocks of nodes differ, and a report is written a moment after it was made: each look reaches back behind the last one. */
const OVERLAP_MS = 2_000;
const GATHER_MS = 50;

/** People who listen on this node to everybody with whom they share a room. */
export interface PresenceAudience {
  people(): Iterable<string>;
  tell(listenerId: string, event: PresenceChanged): void;
}

/**
 * Tells the rooms in which somebody listens on this node, and its inboxes, whose presence has changed. One statement asks for all of them: at the word of
 * another node at once, and every few seconds, because nobody says a word when somebody is not seen any more.
 */
@Injectable()
export class PresenceWatch implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('PresenceWatch');
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private lookedAt: Date;
  /** What the last look has told, so that the overlap does not tell it again. */
  private told = new Map<string, boolean | null>();
  private looking = Promise.resolve();
  private audience: PresenceAudience | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly bus: Bus,
    private readonly hubs: Hubs,
    private readonly presence: Presence,
    private readonly clock: Clock,
  ) {
    this.lookedAt = clock.now();
  }

  async onModuleInit(): Promise<void> {
    await this.bus.subscribe(presenceTopic, () => {
      this.gathering ??= setTimeout(() => this.look(), GATHER_MS).unref();
    });
    this.timer = setInterval(() => this.look(), SWEEP_MS).unref();
  }

  /** Later features are heard of here, not imported. */
  tellAlso(audience: PresenceAudience): void {
    this.audience = audience;
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.gathering);
  }

  /** One after the other: each begins where the one before has ended. */
  private look(): void {
    this.gathering = undefined;
    this.looking = this.looking.then(() => this.tell()).catch((error: unknown) => this.logger.warn(`Presence: ${String(error)}`));
  }

  private async tell(): Promise<void> {
    const now = this.clock.now();
    const roomIds = this.hubs.rooms();
    const listenerIds = [...(this.audience?.people() ?? [])];
    const since = new Date(this.lookedAt.getTime() - OVERLAP_MS);
    const isHeard = roomIds.length > 0 || listenerIds.length > 0;
    const rows = isHeard ? await presenceChanges(this.database, { roomIds, listenerIds }, since, now) : [];
    this.lookedAt = now;
    const told = new Map<string, boolean | null>();
    for (const row of rows) {
      const { isOnline, lastSeenAt } = this.presence.shown({ lastSeenAt: row.last_seen_at, isPresenceHidden: row.is_presence_hidden });
      const event = new PresenceChanged(row.user_id, isOnline, lastSeenAt);
      const isNews = (to: string): boolean => {
        const key = `${to} ${row.user_id}`;
        told.set(key, isOnline);
        return this.told.get(key) !== isOnline;
      };
      for (const roomId of row.room_ids) if (isNews(roomId)) this.hubs.tell(roomId, event);
      for (const listenerId of row.listener_ids) if (isNews(listenerId)) this.audience?.tell(listenerId, event);
    }
    this.told = told;
  }
}
