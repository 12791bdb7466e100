import { randomUUID } from 'node:crypto';
import { nowhere, type Things, WHISPER } from './root-fields.js';
import { subjectsIn } from './subjects.js';
import type { Person, Room, World } from './world.js';

/** Somebody whose room is nobody else's business, and what must not get out of it. */
export interface Victim {
  person: Person;
  /** Also in the room; nobody outside knows of them. */
  witness: Person;
  room: Room;
  things: Things;
  /** Never in an answer to an outsider. */
  secrets: string[];
  /** Neither, unless they address the victim. */
  nameAndAddress: string[];
}

const aSecret = (kind: string) => `${WHISPER} ${kind}-${randomUUID()}`;

/** A room full of secrets: what it is called, what was and is said there and why it was taken back, what hangs on it, who is there. */
export async function aVictim(world: World, others: [Person, string][]): Promise<Victim> {
  const [name, otherName, title, content, before, reason, quiet, key, ordered, paid, disputed, posted] = [
    ...['name', 'other-name', 'title', 'content', 'before', 'reason', 'metadata', 'key', 'order', 'payment', 'dispute', 'job'],
  ].map(aSecret) as [string, string, string, string, string, string, string, string, string, string, string, string];
  const person = await world.person(name);
  const witness = await world.person(otherName);
  const email = `${randomUUID()}@example.org`;
  await world.sql('update users set email = $2 where id = $1', [person.id, email]);
  const room = await world.room([[person, 'ADMIN'], [witness, 'CLIENT'], ...others], { isSensitive: true, title });
  const roomId = room.id;

  const clientId = key.slice(-40);
  const message = await world.send(room, person, before, { metadata: { note: quiet }, clientId });
  await world.act(person, 'editMessage', { roomId, messageId: message.id, content });
  const regretted = await world.send(room, witness, before, { replyToId: message.id });
  await world.act(person, 'deleteMessage', { roomId, messageId: regretted.id, reason });
  await world.act(witness, 'addReaction', { roomId, messageId: message.id, emoji: '🦦' });
  await world.act(person, 'closeRoom', { roomId, reason });
  await world.act(person, 'reopenRoom', { roomId, reason });
  await world.send(room, person, content);

  const subjects = await subjectsIn(world, roomId, [person.id, witness.id], { text: ordered, paid, disputed, posted });

  return {
    person,
    witness,
    room,
    things: {
      ...nowhere(),
      ...subjects,
      room: roomId,
      code: room.code,
      message: message.id,
      person: person.id,
      externalId: person.externalId,
      email,
    },
    secrets: [otherName, title, content, before, reason, quiet, clientId, ordered, paid, disputed, posted, regretted.id, witness.id, '🦦'],
    nameAndAddress: [name, email],
  };
}
