import { EventEmitter } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';

/** A name on the bus that knows what travels under it. */
export interface Topic<Payload> {
  readonly name: string;
  /** Makes of what came over the wire what was sent: dates, classes. Absent: plain JSON is all there is. */
  readonly revive?: (json: unknown) => Payload;
  /** Never set: it only carries the type. */
  readonly payload?: Payload;
}

export type Unsubscribe = () => void;

/** Said when the line between nodes is back, by each whose line it was: what was published meanwhile was not heard, here or there. */
export const recoveredTopic: Topic<null> = { name: 'recovered' };

/**
 * How nodes tell each other that something happened. A doorbell, not a letter: whatever it loses, repeats or swaps is found
 * in PostgreSQL, so publishing never throws and never delays who published.
 */
export abstract class Bus {
  /** No other node shares the database, as far as the settings tell. */
  abstract readonly isAlone: boolean;
  /** False while this node may not hear the others: what it remembers of the rest of the world may be out of date. */
  abstract readonly isHealthy: boolean;
  abstract publish<Payload>(topic: Topic<Payload>, payload: Payload): void;
  /** Resolves when everything published from now on will be heard. */
  abstract subscribe<Payload>(topic: Topic<Payload>, listener: (payload: Payload) => void): Promise<Unsubscribe>;
}

/** The bus of a single node. */
@Injectable()
export class LocalBus extends Bus {
  readonly isAlone = true;
  readonly isHealthy = true;
  private readonly log = new Logger('Bus');
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  publish<Payload>(topic: Topic<Payload>, payload: Payload): void {
    try {
      this.emitter.emit(topic.name, payload);
    } catch (error) {
      this.log.error({ err: error, topic: topic.name }, 'a listener failed');
    }
  }

  subscribe<Payload>(topic: Topic<Payload>, listener: (payload: Payload) => void): Promise<Unsubscribe> {
    this.emitter.on(topic.name, listener);
    return Promise.resolve(() => this.emitter.off(topic.name, listener));
  }
}
