import { randomUUID } from 'node:crypto';
import { codeOf, type Said } from '../support/person.js';
import type { Cast } from './pharmacy.js';
import { printStep } from '../support/print.js';

/** Texts that careless software breaks. The directional marks, joiners and combining characters are written as escapes, to be seen. */
const ORDER = 'رقم الطلب \u200f\u200e1042\u200e (شكراً)\u200f';
const COMBINED = 'Composed: Caf\u00e9 Zo\u00eb \u2014 decomposed: Cafe\u0301 Zoe\u0308; both stay as they are.';
const STACKED = 'Z\u0334\u0321\u031ba\u0337l\u0338g\u0337o\u0336, y\u0303\u0308\u0344 and \u1e9b\u0323';
const JOINED = 'क्षत्रिय, ज्ञान, श्री, क्\u200dष, क्\u200cष';
const FAMILY = 'For us all: 👨\u200d👩\u200d👧\u200d👦 👩🏽\u200d⚕\ufe0f 🏳\ufe0f\u200d🌈 🇱🇧🇨🇳🇮🇳 👍🏿 1\ufe0f\u20e3';
const MARKUP = '<b>not bold</b> & \'quotes\' "too" \\n \\u0041 -- ; drop table messages; $1 %s {{x}} ${y}';

export async function ordering({ company, customer, pharmacist, rider, promises }: Cast): Promise<void> {
  await company.say(customer, 'مرحبا، أحتاج الدواء اليوم من فضلك 🙏');
  await company.say(pharmacist, '您好！我是药剂师陈薇。处方收到了 📋');
  await company.say(customer, ORDER);
  await company.say(pharmacist, '用法：每日三次，饭后服用。\n疗程七天，请勿提前停药。');
  await company.say(rider, 'नमस्ते! मैं राज हूँ, आपका राइडर 🛵');
  await company.say(rider, JOINED);
  await company.say(customer, FAMILY);
  await company.say(customer, COMBINED);
  await company.say(pharmacist, STACKED);
  const last = await company.say(rider, MARKUP);
  await company.heard();
  printStep('Ten messages in four scripts, heard by all three.');

  const tick = () => rider.side.tickOf(rider.side.messages.at(-1)!);
  promises.same('ticks', 'just sent', tick(), 'SENT');
  for (const person of [customer, pharmacist]) await person.receive(last);
  await company.heard();
  promises.same('ticks', 'delivered to both', tick(), 'DELIVERED');
  await company.checkUnread('before anybody has read');
  await customer.read();
  await company.heard();
  promises.same('ticks', 'read by one of two', tick(), 'DELIVERED');
  await pharmacist.read();
  await company.heard();
  promises.same('ticks', 'read by both', tick(), 'READ');
  printStep("The rider's ticks went ✓, ✓✓, ✓✓ read.");
}

export async function repairing({ company, customer, pharmacist, rider, roomId }: Cast): Promise<void> {
  const asked = await company.say(customer, 'Is the 500 mg one in stock? It is for my father, he is 75.');
  const answered = await company.say(pharmacist, '有的 ✅ Amoxicillin 500 mg, 12 capsules.', { replyToId: asked.id });
  await company.say(customer, 'Only twelve? The doctor wrote 21.', { replyToId: answered.id });
  await edit(answered, '有的 ✅ Amoxicillin 500 mg, 21 capsules.', pharmacist);
  await company.say(pharmacist, 'Sorry, corrected above. ขอโทษค่ะ / すみません / 죄송합니다');
  const thanks = await company.say(customer, 'Thank you 💚');
  for (const [person, emoji] of [
    [pharmacist, '👍🏽'],
    [rider, '👍🏽'],
    [rider, '👨\u200d👩\u200d👧\u200d👦'],
  ] as const) {
    await person.act('addReaction', { roomId, messageId: thanks.id, emoji });
  }
  await rider.act('removeReaction', { messageId: thanks.id, emoji: '👨\u200d👩\u200d👧\u200d👦' });
  await company.heard();
  printStep('A reply to a reply, a corrected number, three reactions and one taken back.');
}

export async function edit(said: Said, content: string, editor: Cast['customer']): Promise<void> {
  await editor.act('editMessage', { messageId: said.id, content });
  said.content = content;
}

export async function rudeness(cast: Cast): Promise<void> {
  const { company, rider, support, customer, host, roomId, promises } = cast;
  await host.act('addParticipant', { userId: support.id, role: 'SUPPORT_STAFF' });
  await company.enter(support);
  await company.say(rider, 'जल्दी करो!!! HURRY UP!!! ⏰⏰⏰');
  await company.say(rider, 'HELLO???');
  await company.say(support, 'Please stay polite, Raj. 🙂');
  await support.act('muteParticipant', { userId: rider.id, reason: 'shouting' });
  await company.heard();
  for (const transport of ['http', 'socket'] as const) {
    const { errors } = await rider.trySend('WHY???', {}, transport);
    promises.same('muted', `a muted send over ${transport}`, codeOf(errors), 'MUTED');
  }
  await company.say(customer, 'It is fine, I am in no hurry.');
  await rider.side.until('the muted rider still hears', ({ messages }) => messages.at(-1)?.content?.startsWith('It is fine') === true);
  await support.act('unmuteParticipant', { userId: rider.id });
  await company.say(rider, 'माफ़ कीजिए, sorry. 🙇🏽\u200d♂\ufe0f');
  await company.heard();
  promises.look('muted', 'nothing was said while muted', !customer.side.messages.some(({ content }) => content === 'WHY???'));
  printStep('The rider was muted, heard on, was unmuted and apologised.');
  await retry(cast);
  await openDirectRoom(cast, roomId);
}

/** The answer got lost on the way, so the application sends again, as often as it likes and by whatever way. */
async function retry({ company, rider, promises }: Cast): Promise<void> {
  const key = { clientId: randomUUID() };
  const text = 'I am in front of your house. 🏠';
  const tries = Array.from({ length: 10 }, (_, at) => rider.trySend(text, key, at % 2 ? 'http' : 'socket'));
  const ids = (await Promise.all(tries)).map(({ data, errors }) => data?.sendMessage.id ?? codeOf(errors));
  company.said.push(await rider.say(text, key));
  promises.same('P3', 'eleven tries with one key', [...new Set(ids)], [company.said.at(-1)?.id]);
  const { errors } = await rider.trySend('I am somewhere else.', key);
  promises.same('P3', 'the same key with other content', codeOf(errors), 'IDEMPOTENCY_CONFLICT');
  await company.heard();
  promises.same('P3', 'heard once', rider.side.messages.filter(({ content }) => content === text).length, 1);
  printStep('The rider sent the same message eleven times; it stands there once.');
}

async function openDirectRoom({ company, support, customer, promises }: Cast, roomId: string): Promise<void> {
  const open = (me: Cast['customer'], userId: string) =>
    me.api.get<{ openDirectRoom: { id: string } }>('mutation ($input: OpenDirectRoomInput!) { openDirectRoom(input: $input) { id } }', {
      input: { userId },
    });
  const { openDirectRoom: direct } = await open(support, customer.id);
  const send = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
  for (const content of ['Hello, Sam from support here. Was everything all right with the rider?', 'Just tell me here. 🤝']) {
    await support.api.get(send, { input: { roomId: direct.id, clientId: randomUUID(), content } });
  }
  const { openDirectRoom: again } = await open(customer, support.id);
  promises.same('lists', 'the direct room of two people is one', again.id, direct.id);
  type Rooms = { all: { nodes: { id: string }[] }; named: { nodes: { id: string }[] }; unread: { nodes: { id: string }[] } };
  const { all, named, unread } = await customer.api.get<Rooms>(`{
    all: rooms { nodes { id } } named: rooms(filter: { title: "#1042 · 陈薇" }) { nodes { id } } unread: rooms(filter: { unreadOnly: true }) { nodes { id } } }`);
  const ids = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id);
  promises.same('lists', 'newest activity first', ids(all), [direct.id, roomId]);
  promises.same('lists', 'found by a part of the title', ids(named), [roomId]);
  promises.look('lists', 'the unread direct room', ids(unread).includes(direct.id));
  await company.checkUnread('with two rooms');
}
