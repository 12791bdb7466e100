import { Injectable, Logger } from '@nestjs/common';
import { Bus, type Unsubscribe } from './bus.js';
import { RoomHub, type HubListener } from './hub.js';
import { RoomLog, roomTopic, type RoomSignal } from './log.js';

interface OpenHub {
  hub: RoomHub;
  unsubscribe: Unsubscribe;
}

/** The hubs of this node: made for a room's first listener, gone with the last. */
@Injectable()
export class Hubs {
  private readonly logger = new Logger('Hubs');
  private readonly open = new Map<string, Promise<OpenHub>>();

  constructor(
    private readonly bus: Bus,
    private readonly log: RoomLog,
  ) {}

  /** From the moment this resolves the listener misses nothing. Call the result to leave. */
  async attach(roomId: string, listener: HubListener): Promise<Unsubscribe> {
    for (;;) {
      const opening = this.open.get(roomId) ?? this.start(roomId);
      const { hub, unsubscribe } = await opening;
      if (this.open.get(roomId) !== opening) continue; // closed by the last listener while we waited
      hub.listeners.add(listener);
      return () => {
        hub.listeners.delete(listener);
        if (hub.listeners.size > 0 || this.open.get(roomId) !== opening) return;
        this.open.delete(roomId);
        hub.close();
        unsubscribe();
      };
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
    const unsubscribe = await this.bus.subscribe(roomTopic(roomId), (signal) => hear(signal));
    try {
      const { head } = await this.log.read(roomId, Number.MAX_SAFE_INTEGER, 1);
      const hub = new RoomHub(roomId, this.log, head, (error) => this.logger.error({ err: error, roomId }, 'a hub could not read its log'));
      hear = (signal) => hub.receive(signal);
      for (const signal of early) hub.receive(signal);
      return { hub, unsubscribe };
    } catch (error) {
      unsubscribe();
      throw error;
    }
  }
}
