import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { metrics } from '../../common/telemetry/metrics.js';
import { Bus, recoveredTopic, type Unsubscribe } from '../bus/bus.js';
import { RoomHub, type HubListener } from './hub.js';
import { type PassingState, RoomLog, roomTopic, type RoomSignal } from './log.js';

interface OpenHub {
  hub: RoomHub;
  unsubscribe: Unsubscribe;
}

/** A listener at its hub. */
export interface Attachment {
  hub: RoomHub;
  detach: Unsubscribe;
}

const SWEEP_MS = 1_000;

/**
 * The hubs of this node: made for a room's first listener, gone with the last. Every second, and whenever the bus was away, one
 * statement compares the heads of all of them with the log, so that nothing depends on the bus but speed. After such a break another one
 * reads the positions of all who are in those rooms.
 */
@Injectable()
export class Hubs implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Hubs');
  private readonly open = new Map<string, Promise<OpenHub>>();
  private readonly ready = new Map<string, RoomHub>();
  private timer: NodeJS.Timeout | undefined;
  private isSweeping = false;
  /** The bus was away, and read positions stand in no log. */
  private mayLackPositions = false;

  constructor(
    private readonly bus: Bus,
    private readonly log: RoomLog,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.bus.subscribe(recoveredTopic, () => {
      this.mayLackPositions = true;
      void this.sweep();
    });
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** From the moment this resolves the listener misses nothing. */
  async attach(roomId: string, listener: HubListener): Promise<Attachment> {
    for (;;) {
      const opening = this.open.get(roomId) ?? this.start(roomId);
      const { hub, unsubscribe } = await opening;
      if (this.open.get(roomId) !== opening) continue; // closed by the last listener while we waited
      hub.listeners.add(listener);
      const detach = () => {
        hub.listeners.delete(listener);
        if (hub.listeners.size > 0 || this.open.get(roomId) !== opening) return;
        this.open.delete(roomId);
        this.ready.delete(roomId);
        metrics.hubs.dec();
        hub.close();
        unsubscribe();
      };
      return { hub, detach };
    }
  }

  /** Where somebody listens. */
  rooms(): string[] {
    return [...this.ready.keys()];
  }

  /** Tells those who listen on this node alone. */
  tell(roomId: string, state: PassingState): void {
    this.ready.get(roomId)?.notice(state);
  }

  private async sweep(): Promise<void> {
    if (this.isSweeping || this.ready.size === 0) return;
    this.isSweeping = true;
    try {
      for (const [roomId, head] of await this.log.heads([...this.ready.keys()])) this.ready.get(roomId)?.announce(head);
      if (this.mayLackPositions) await this.tellPositions();
    } catch (error) {
      this.logger.warn(`What rooms have missed could not be read: ${String(error)}`);
    } finally {
      this.isSweeping = false;
    }
  }

  /** Streams tell only what they do not know already. */
  private async tellPositions(): Promise<void> {
    this.mayLackPositions = false;
    try {
      for (const [roomId, positions] of await this.log.positionsIn(this.rooms())) for (const each of positions) this.tell(roomId, each);
    } catch (error) {
      this.mayLackPositions = true;
      throw error;
    }
  }

  private start(roomId: string): Promise<OpenHub> {
    const opening = this.listen(roomId);
    this.open.set(roomId, opening);
    opening.catch(() => this.open.delete(roomId));
    return opening;
  }

  /** Listens before it reads the head, so that nothing falls between the two. */
  private async listen(roomId: string): Promise<OpenHub> {
    const early: RoomSignal[] = [];
    let hear = (signal: RoomSignal): void => void early.push(signal);
    const topic = roomTopic(roomId, (json) => this.log.revive(json));
    const unsubscribe = await this.bus.subscribe(topic, (signal) => hear(signal));
    try {
      const { head } = await this.log.read(roomId, Number.MAX_SAFE_INTEGER, 1);
      const hub = new RoomHub(roomId, this.log, head, (error) => this.logger.error({ err: error, roomId }, 'a hub could not read its log'));
      hear = (signal) => hub.receive(signal);
      for (const signal of early) hub.receive(signal);
      this.ready.set(roomId, hub);
      metrics.hubs.inc();
      return { hub, unsubscribe };
    } catch (error) {
      unsubscribe();
      throw error;
    }
  }
}
