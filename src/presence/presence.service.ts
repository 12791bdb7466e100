import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuthService } from '../auth/auth.service.js';
import { Connections } from '../auth/connections.js';
import { Clock } from '../common/clock.js';
import { Bus, type Topic } from '../live/bus/bus.js';
import { isOnlineAt, setHidden, writeSeen } from './presence.queries.js';

/** Somebody has closed their last socket on some node. */
export const goneTopic: Topic<{ userId: string }> = { name: 'gone' };

/** Somebody has come, or shows more or less of themselves than before: worth a look. */
export const presenceTopic: Topic<null> = { name: 'presence' };

/** Well within the five minutes for which a report holds. */
const REPORT_MS = 30_000;
/** Those who come and go in one moment share a statement. */
const GATHER_MS = 200;
const BATCH = 5_000;

/** What a person shows of themselves; null when it is hidden. */
export interface Shown {
  isOnline: boolean | null;
  lastSeenAt: Date | null;
}

/**
 * Who was seen when. This node reports the people on its sockets, and those who asked something, in batches; a report is a lease: who
 * is not seen again within five minutes is offline, whatever became of the node. So everybody's presence follows from one column, on
 * every node and without Redis.
 */
@Injectable()
export class Presence implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly log = new Logger('Presence');
  private seen = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly bus: Bus,
    private readonly auth: AuthService,
    private readonly connections: Connections,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.auth.onSeen((userId) => this.saw(userId));
    this.connections.onChange((userId, isHere) => {
      this.saw(userId);
      this.gathering ??= setTimeout(() => void this.report(), GATHER_MS).unref();
      if (!isHere) this.bus.publish(goneTopic, { userId });
    });
    this.timer = setInterval(() => {
      for (const userId of this.connections.people()) this.saw(userId);
      void this.report();
    }, REPORT_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** After the last socket, before the database. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.report();
  }

  shown(person: { lastSeenAt: Date | null; isPresenceHidden: boolean }): Shown {
    if (person.isPresenceHidden) return { isOnline: null, lastSeenAt: null };
    return { isOnline: isOnlineAt(person.lastSeenAt, this.clock.now()), lastSeenAt: person.lastSeenAt };
  }

  async hide(userId: string, isHidden: boolean): Promise<void> {
    await setHidden(this.database, userId, isHidden, this.clock.now());
    this.bus.publish(presenceTopic, null);
  }

  private saw(userId: string): void {
    this.seen.set(userId, this.clock.now());
  }

  private async report(): Promise<void> {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    const seen = [...this.seen];
    this.seen = new Map();
    for (let from = 0; from < seen.length; from += BATCH) {
      const batch = new Map(seen.slice(from, from + BATCH));
      try {
        if (await writeSeen(this.database, batch, this.clock.now())) this.bus.publish(presenceTopic, null);
      } catch (error) {
        this.log.warn(`Who was seen could not be written down: ${String(error)}`);
        for (const [userId, at] of batch) if (!this.seen.has(userId)) this.seen.set(userId, at);
      }
    }
  }
}
