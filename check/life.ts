import { setTimeout as wait } from 'node:timers/promises';
import { mutation, type Person } from './person.js';
import type { Random } from './random.js';

export interface Phase {
  /** People do things. */
  isRunning: boolean;
  /** Nobody comes or goes any more, so that all can be known at the end. */
  isSettling: boolean;
}

/** Does one thing after the other until the phase ends. */
export async function live(person: Person, rooms: readonly string[], phase: Phase): Promise<void> {
  const { random } = person;
  while (phase.isRunning) {
    await wait(random.between(5, 40));
    const roomId = random.pick(rooms);
    const knockAt = person.away.get(roomId);
    if (knockAt !== undefined && knockAt < Date.now() && !phase.isSettling) await person.join(roomId);
    await act(person, roomId, random.next(), phase);
  }
}

/** @param dice from 0 to 1 */
async function act(person: Person, roomId: string, dice: number, phase: Phase): Promise<void> {
  if (dice < 0.45) return person.send(roomId);
  if (dice < 0.57) return person.change('edit');
  if (dice < 0.61) return person.change('delete');
  if (dice < 0.69) return person.change('react');
  if (dice < 0.8) return person.markRead(roomId);
  if (dice < 0.82) return person.markUnread(roomId);
  if (dice < 0.95) return person.read(roomId);
  if (dice < 0.98) return person.api.disconnect(person.anyNode());
  if (!phase.isSettling) return person.leave(roomId);
}

export const REMOVE = mutation('removeParticipant', '__typename');
const BLOCK = mutation('blockParticipant', '__typename');
const UNBLOCK = mutation('unblockParticipant', '__typename');

/** A host system that puts people out of rooms; who is blocked comes back by its grace, the others by themselves. */
export async function guard(
  warden: Person,
  people: readonly Person[],
  rooms: readonly string[],
  random: Random,
  phase: Phase,
): Promise<void> {
  const pardons: Promise<void>[] = [];
  while (phase.isRunning) {
    await wait(random.between(200, 800));
    if (phase.isSettling) continue;
    const input = { roomId: random.pick(rooms), userId: random.pick(people).id };
    if (random.chance(0.7)) await warden.changeAccess('removed', REMOVE, input);
    else {
      await warden.changeAccess('blocked', BLOCK, input);
      pardons.push(wait(random.between(1_600, 2_500)).then(() => warden.changeAccess('unblocked', UNBLOCK, input)));
    }
  }
  await Promise.all(pardons);
}
