import { Clock } from '../../src/common/clock.js';
import { Bus } from '../../src/live/bus/bus.js';
import type { Node } from '../../src/node.js';
import { presenceTopic } from '../../src/presence/presence.service.js';

/** Sets the clock of a node; without a time it goes as it does. */
export function setClock({ app }: Node, now = () => new Date()): void {
  app.get(Clock).now = now;
}

/** Who has come and who has gone, which a node otherwise asks by itself every few seconds. */
export function lookWhoIsThere({ app }: Node): void {
  app.get(Bus).publish(presenceTopic, null);
}
