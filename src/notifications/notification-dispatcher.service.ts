import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { OneAtATime } from '../common/one-at-a-time.js';
import { type Config, CONFIG } from '../config/config.js';
import { HistoryCleared, OwnSideChanged, ReceiptAdvanced } from '../timeline/log/read-position.js';
import { Timeline } from '../timeline/timeline.service.js';
import type { NotificationChannel } from '../participants/notification-preferences.inputs.js';
import { sweepRooms } from './outbox/plan.queries.js';
import { Planner } from './outbox/planner.service.js';
import { Teller } from './teller.service.js';
import { claimTurns, takeOff } from './outbox/turns.queries.js';

/** Commits of one moment share a look. */
const GATHER_MS = 20;
const SWEEP_MS = 1_000;
const SWEEP_ROOMS = 2_000;
/** In one look, which is one transaction, at the most. */
const LOOK_ROOMS = 100;
/** People who are told at once on a channel. */
const PLACES = 16;
/** When the node stops: for whoever is being told. */
const LAST_TURNS_MS = 1_500;
/** How long somebody stays with a node that says nothing more: longer than a turn takes. */
const LEASE_MS = 60_000;

/**
 * Sees to it that people are told of what they have not read. The rooms are the outbox: a commit of this node says at once that one has
 * news; once a second a node looks through some of the rooms for news that nobody looked at, and takes over whoever is due, also of a node
 * that was killed. Where no channel is set up, nothing of all this happens.
 */
@Injectable()
export class NotificationDispatcher implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly log = new Logger('Notifications');
  private readonly dirty = new Set<string>();
  /** Who has read something, in which rooms. */
  private readonly readers = new Map<string, { userId: string; roomId: string }>();
  private readonly channels: NotificationChannel[] = [];
  private readonly running = new Map<NotificationChannel, Set<Promise<void>>>();
  private readonly stopping = new AbortController();
  private gathering: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sweptTo: string | null = null;
  /** One after a look that failed, so that a room that cannot be looked at is alone, and more again after each that did not. */
  private lookRooms = LOOK_ROOMS;
  private readonly looks = new OneAtATime(
    () => this.look(),
    (error) => this.log.warn(`News could not be looked at: ${String(error)}`),
  );
  private readonly claims = new OneAtATime(
    () => this.claim(),
    (error) => this.log.warn(`Who is due could not be read: ${String(error)}`),
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly planner: Planner,
    private readonly teller: Teller,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const { webPush, fcm, email } = this.config;
    if (webPush || fcm) this.channels.push('PUSH');
    if (email) this.channels.push('EMAIL');
    for (const channel of this.channels) this.running.set(channel, new Set());
    if (this.channels.length === 0) return;
    this.timeline.onCommit((roomId) => {
      this.dirty.add(roomId);
      this.gather();
    });
    if (fcm) this.timeline.onNotice((roomId, state) => this.hear(roomId, state));
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.gathering);
    this.stopping.abort();
  }

  /** What is on its way is let go, for another node to bring; an e-mail that the server is slow to take may then come twice. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.looks.idle();
    await this.claims.idle();
    const turns = Promise.all([...this.running.values()].flatMap((some) => [...some]));
    await Promise.race([turns, sleep(LAST_TURNS_MS, undefined, { ref: false })]);
  }

  /** Takes over whoever is due, at once. */
  tellDue(): void {
    this.claims.ask();
  }

  private gather(): void {
    if (!this.stopping.signal.aborted) this.gathering ??= setTimeout(() => this.begin(), GATHER_MS).unref();
  }

  private begin(): void {
    this.gathering = undefined;
    this.looks.ask();
  }

  private hear(roomId: string, state: unknown): void {
    if (!(state instanceof ReceiptAdvanced || state instanceof OwnSideChanged || state instanceof HistoryCleared)) return;
    this.readers.set(`${state.userId} ${roomId}`, { userId: state.userId, roomId });
    this.gather();
  }

  private async look(): Promise<void> {
    const readers = [...this.readers.values()];
    this.readers.clear();
    // What is not taken off a screen here stays there until it is touched.
    if (readers.length > 0) await this.dataSource.transaction((tx) => takeOff(tx, readers, this.clock.now()));
    const rooms = [...this.dirty].slice(0, this.lookRooms);
    for (const roomId of rooms) this.dirty.delete(roomId);
    try {
      const left = rooms.length > 0 ? await this.planner.look(rooms) : [];
      this.lookRooms = Math.min(this.lookRooms * 2, LOOK_ROOMS);
      for (const roomId of left) this.dirty.add(roomId);
    } catch (error) {
      // Behind all others, and with the next sweep.
      this.lookRooms = 1;
      for (const roomId of rooms) this.dirty.add(roomId);
      throw error;
    }
    if (this.dirty.size > 0) this.gather();
    this.tellDue();
  }

  private async sweep(): Promise<void> {
    try {
      // Where all rooms are behind, as on the first day, what is said now does not wait for all of them.
      if (this.dirty.size < SWEEP_ROOMS) await this.sweepOn();
    } catch (error) {
      this.log.warn(`Rooms could not be looked through: ${String(error)}`);
    }
    if (this.stopping.signal.aborted) return;
    if (this.dirty.size > 0) this.looks.ask();
    this.tellDue();
  }

  private async sweepOn(): Promise<void> {
    const { behind, next } = await sweepRooms(this.dataSource, this.sweptTo, SWEEP_ROOMS);
    this.sweptTo = next;
    for (const roomId of behind) this.dirty.add(roomId);
  }

  private async claim(): Promise<void> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + LEASE_MS);
    for (const [channel, turns] of this.running) {
      const places = PLACES - turns.size;
      if (places === 0 || this.stopping.signal.aborted) continue;
      for (const turn of await claimTurns(this.dataSource, channel, places, now, until)) {
        const done = this.teller
          .take(turn, this.stopping.signal)
          .catch((error: unknown) => this.log.warn(`Somebody could not be told: ${String(error)}`))
          .finally(() => {
            turns.delete(done);
            if (!this.stopping.signal.aborted) this.tellDue();
          });
        turns.add(done);
      }
    }
  }
}
