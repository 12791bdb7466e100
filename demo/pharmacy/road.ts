import { randomUUID } from 'node:crypto';
import { codeOf, type Person, type Said } from '../support/person.js';
import { edit } from './counter.js';
import type { Cast } from './pharmacy.js';
import { printStep } from '../support/print.js';
import type { Entry } from '../support/side.js';
import { cannotTell } from '../support/stranger.js';
import { within } from '../support/within.js';

/** What a replay tells of changes: each addition, and of the changes of a message the latest. */
const asReplayed = (entries: Entry[]): Entry[] => {
  const isLatest = (entry: Entry) =>
    !entries.some(({ type, sequence, revision }) => type === 'MessageChanged' && sequence === entry.sequence && revision > entry.revision);
  return entries.filter((entry) => entry.type === 'MessageAdded' || isLatest(entry));
};

export async function liftWithoutReception({ company, customer, pharmacist, rider, support, promises }: Cast): Promise<void> {
  const { revision } = customer.side;
  await customer.loseConnection();
  company.present.delete(customer);
  const floor = await company.say(rider, 'Which floor? कौन सी मंज़िल?');
  const guess = await company.say(pharmacist, '应该是四楼。');
  await company.say(support, 'The order says: second floor, left.', { replyToId: floor.id });
  await edit(guess, '二楼。', pharmacist);
  await support.act('addReaction', { messageId: guess.id, emoji: '✅' });
  await company.say(rider, 'धन्यवाद, on my way up 🪜');
  const wrong = await company.say(rider, 'Wrong chat, this was for my brother.');
  await rider.act('deleteMessage', { messageId: wrong.id });
  wrong.content = null;
  await company.heard();

  const missed = asReplayed(pharmacist.side.entries.filter((entry) => entry.revision > revision));
  promises.same('P4', 'nothing was heard without a connection', customer.side.revision, revision);
  // Coming back while all the others speak at once: what is replayed and what is live must meet without a seam.
  customer.listen();
  await Promise.all([company.say(pharmacist, '找到了吗？'), company.say(rider, 'दरवाज़े पर हूँ 🚪'), company.say(support, 'Found it?')]);
  company.present.add(customer);
  await company.say(customer, 'I am back. 电梯里没有信号 🛗');
  await company.heard();
  const heard = customer.side.entries.filter((entry) => entry.revision > revision);
  promises.same('P4', 'exactly what was missed, then what followed', heard.slice(0, missed.length), missed);
  promises.same('P4', 'what followed', heard.length, missed.length + 4);
  printStep(`The customer missed ${missed.length} changes, and heard exactly these on coming back.`);
  await company.checkLog('after the lift');
}

export async function removal(cast: Cast): Promise<void> {
  const { company, customer, pharmacist, rider, support, promises, roomId } = cast;
  await company.say(rider, 'पहुँचा दिया ✅ Delivered at the door.');
  await company.heard();
  const lastHeard = rider.side.revision;
  company.present.delete(rider);
  await support.act('removeParticipant', { userId: rider.id, reason: 'delivered' });
  const removedAt = performance.now();
  const door = await company.say(customer, 'The door code is 4711#, for next time. 🔑');
  const ending = await within("the rider's stream ends", rider.ending);
  promises.look('P5', 'the stream ended within a second', performance.now() - removedAt < 1_000);
  promises.same('P5', 'it was ended by the server', ending, 'completed');
  await company.say(pharmacist, '好的，记下了。');
  await company.heard();

  promises.same('P5', 'the last thing that the rider heard', rider.side.revision, lastHeard);
  const { id: messageId } = company.said[0]!;
  await cannotTell(promises, 'P5', rider, { roomId, messageId });
  await cannotTell(promises, 'P8', cast.stranger, { roomId, messageId });
  const { rooms } = await rider.api.get<{ rooms: { nodes: unknown[] } }>('{ rooms { nodes { id } } }');
  promises.same('P5', "the rider's room list", rooms.nodes, []);
  printStep('The rider was taken out: the stream ended, and the room does not exist for them any more.');

  await takeBack(cast, door, roomId);
}

async function takeBack({ company, customer, pharmacist, rider, promises }: Cast, door: Said, roomId: string): Promise<void> {
  await company.checkUnread('before the tombstone');
  await customer.act('deleteMessage', { messageId: door.id });
  const secret = door.content ?? '';
  door.content = null;
  await company.heard();
  for (const person of company.present) {
    const tombstone = person.side.messages.find(({ id }) => id === door.id);
    promises.look('deleted', `${person.part} heard of the deletion`, tombstone?.deletedAt != null && tombstone.content === null);
    const { messages } = await company.pages(person);
    promises.look('deleted', `${person.part} reads it no more`, !JSON.stringify(messages).includes(secret));
  }
  promises.look('deleted', 'the rider never knew it', !JSON.stringify(rider.side.messages).includes(secret));
  const reply = await pharmacist.trySend('Which code?', { replyToId: door.id });
  promises.same('deleted', 'a reply keeps its place', reply.data?.sendMessage.replyTo?.sequence, door.sequence);
  if (reply.data) company.said.push({ ...reply.data.sendMessage, senderId: pharmacist.id });
  await customer.act('addReaction', { messageId: company.said[0]?.id, emoji: '🙏' });
  promises.same('deleted', 'a reaction to it', await customer.refusal('addReaction', { messageId: door.id, emoji: '👍' }), 'CONFLICT');
  type List = { rooms: { nodes: { id: string; lastMessage: { preview: string } }[] } };
  const { rooms } = await customer.api.get<List>('{ rooms(filter: { kind: [ORDER] }) { nodes { id lastMessage { preview } } } }');
  promises.same('lists', 'the newest message in the list', rooms.nodes, [{ id: roomId, lastMessage: { preview: 'Which code?' } }]);
  await company.checkUnread('after the tombstone');
  printStep('The customer took the door code back; a tombstone stands in its place, for everybody.');
}

const ACKNOWLEDGED_BEFORE = 6;

/** P1 and P3 at their hardest: sends in flight, the process gone in the middle, everything unanswered tried again. */
export async function blackout({ company, customer, pharmacist, support, stage, promises }: Cast): Promise<void> {
  const acknowledged = new Set<string>();
  let enough = (): void => undefined;
  const inTheMiddle = new Promise<void>((resolve) => (enough = resolve));
  const people = [customer, pharmacist, support];
  const drafts = ['一', 'دو', 'तीन', 'четыре', '5️⃣'].flatMap((word) =>
    people.map((person) => ({ person, content: `${word} — ${person.part}`, clientId: randomUUID() })),
  );
  /** One after the other, until the node is gone. */
  const type = async (me: Person): Promise<void> => {
    for (const { content, clientId } of drafts.filter(({ person }) => person === me)) {
      const { data } = await me.trySend(content, { clientId });
      if (data) acknowledged.add(data.sendMessage.id);
      if (acknowledged.size === ACKNOWLEDGED_BEFORE) enough();
    }
  };
  const allTyped = Promise.allSettled(people.map(type));
  await within('some sends are acknowledged', inTheMiddle);
  await stage.killNode();
  await allTyped;
  for (const person of company.present) await within(`${person.part} notices`, person.ending);

  await stage.startNode();
  for (const person of company.present) person.listen();
  for (const { person, content, clientId } of drafts) await company.say(person, content, { clientId });
  const kept = new Set(company.said.map(({ id }) => id));
  for (const id of acknowledged) promises.look('P1', 'an acknowledged message became another one', kept.has(id));
  await company.heard();
  const twice = drafts.filter(({ content }) => customer.side.messages.filter((message) => message.content === content).length !== 1);
  promises.same(
    'P3',
    'retries after the crash',
    twice.map(({ content }) => content),
    [],
  );
  printStep(
    `The node was killed after ${acknowledged.size} of ${drafts.length} acknowledgements. It came back; each message stands there once.`,
  );
  await company.checkLog('after the crash');
}

export async function goodbye({ company, customer, pharmacist, support, promises }: Cast): Promise<void> {
  await company.say(customer, 'وصل الدواء، شكراً جزيلاً! 🌹');
  promises.same('closed', 'a customer may not close', await customer.refusal('closeRoom'), 'FORBIDDEN');
  await pharmacist.act('closeRoom', { reason: 'delivered' });
  await customer.side.until('the customer hears that the room is closed', ({ room }) => room.status === 'CLOSED');
  promises.same('closed', "the customer's last word", codeOf((await customer.trySend('One more thing…')).errors), 'ROOM_CLOSED');
  await company.say(support, 'Closed from our side. Take care! 👋🏻');
  await company.heard();
  await customer.read();
  await company.say(pharmacist, '祝您父亲早日康复！');
  await support.receive();
  const last = await company.say(support, 'PS: open on Sunday, 8:00 to 20:00.');
  await company.heard();
  await customer.receive(last);
  promises.look('closed', 'the customer reads on', (await company.pages(customer)).messages.at(-1)?.id === last.id);
  promises.same('closed', 'closing twice', await pharmacist.refusal('closeRoom'), 'ILLEGAL_TRANSITION');
  printStep('The room is closed: the customer reads on, staff still speaks.');
}
