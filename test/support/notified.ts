import { setTimeout } from 'node:timers/promises';
import { NotificationDispatcher } from '../../src/notifications/notification-dispatcher.service.js';
import { setClock } from './clock.js';
import type { Browser } from './push-service.js';
import type { Person, World } from './world.js';

export interface RegisteredDevice {
  id: string;
  kind: string;
  label: string | null;
}

export const registerDevice = (world: World, person: Person, input: Record<string, unknown>): Promise<RegisteredDevice> =>
  world.do<RegisteredDevice>(person, 'registerDevice', input, 'id kind label');

export const subscribe = (world: World, person: Person, browser: Browser, label?: string) =>
  registerDevice(world, person, { subscription: browser.subscription, ...(label && { label }) });

export const devicesOf = async (world: World, person: Person): Promise<RegisteredDevice[]> =>
  (await world.as(person).get<{ devices: RegisteredDevice[] }>('{ devices { id kind label } }')).devices;

export interface StoppedClock {
  /** Whoever is due by then is told now. */
  ahead(ms: number): void;
  /** The same for all that was said, and until it has happened. */
  after(ms: number): Promise<void>;
}

/** Stops the clock of all nodes. */
export function stopClocks(world: World): StoppedClock {
  let now = Date.now();
  for (const node of world.nodes) setClock(node, () => new Date(now));
  const ahead = (ms: number): void => {
    now += ms;
    for (const { app } of world.nodes) app.get(NotificationDispatcher).tellDue();
  };
  const after = async (ms: number): Promise<void> => {
    await untilAllIsPlanned(world);
    ahead(ms);
    await untilNone(world, 'select user_id from notification_turns where due_at <= $1 or lease is not null', [new Date(now)]);
  };
  return { ahead, after };
}

const BEHIND = `select r.id from rooms r left join notification_positions p on p.room_id = r.id where r.last_sequence > coalesce(p.sequence, 0)`;

async function untilNone(world: World, text: string, values: unknown[] = []): Promise<void> {
  while ((await world.sql(text, values)).length > 0) await setTimeout(20);
}

/** When somebody has looked at everything that was said. */
export const untilAllIsPlanned = (world: World): Promise<void> => untilNone(world, BEHIND);

/** When nobody is to be told of anything any more, now or later. */
export const untilAllIsTold = (world: World): Promise<void> =>
  untilNone(world, `${BEHIND} union all select user_id from notification_turns where due_at is not null`);
