import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { Bus } from '../live/bus.js';
import { Hubs } from '../live/hubs.js';
import { PresenceChanged } from '../live/presence-changed.js';
import { presenceChanges } from './presence.queries.js';
import { Presence, presenceTopic } from './presence.service.js';

const SWEEP_MS = 5_000;
/** Clocks of nodes differ, and a report is written a moment after it was made: each look reaches back behind the last one. */
const OVERLAP_MS = 2_000;
const GATHER_MS = 50;

/**
 * Tells the rooms in which somebody listens on this node whose presence has changed. One statement asks for all of them: at the word of
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
    const rooms = this.hubs.rooms();
    const since = new Date(this.lookedAt.getTime() - OVERLAP_MS);
    const rows = rooms.length > 0 ? await presenceChanges(this.database, rooms, since, now) : [];
    this.lookedAt = now;
    const told = new Map<string, boolean | null>();
    const events = new Map<string, PresenceChanged>();
    for (const row of rows) {
      const { isOnline, lastSeenAt } = this.presence.shown({ lastSeenAt: row.last_seen_at, isPresenceHidden: row.is_presence_hidden });
      const key = `${row.room_id} ${row.user_id}`;
      told.set(key, isOnline);
      if (this.told.get(key) === isOnline) continue;
      const event = events.get(row.user_id) ?? new PresenceChanged(row.user_id, isOnline, lastSeenAt);
      events.set(row.user_id, event);
      this.hubs.tell(row.room_id, event);
    }
    this.told = told;
  }
}
