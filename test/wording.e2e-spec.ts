import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Heard } from './support/client.js';
import { inBothModes, LAST } from './support/modes.js';
import { statementsDuring } from './support/statements.js';
import { type Message, type Person, type Room, type World } from './support/world.js';

interface Said {
  kind: string;
  en: string | null;
  ar: string | null;
  fr: string | null;
}

const SAID = 'kind en: content(locale: EN) ar: content(locale: AR) fr: content(locale: FR)';
const LOG = `query ($id: ID!) { room(id: $id) { messages { nodes { ${SAID} } }
  lastMessage { preview ar: preview(locale: AR) fr: preview(locale: FR) } } }`;
const EVENTS = `subscription ($roomId: ID!, $locale: Locale) { roomEvents(roomId: $roomId) {
  __typename ... on MessageAdded { message { content(locale: $locale) } } } }`;

let world: World;
let ada: Person, ben: Person, staff: Person;
let room: Room;

/** A name without direction marks of its own. */
const plain = (text: string | null) => text?.replace(/[\u2066-\u2069\u200e\u200f]/g, '').replace(/[\u00a0\u202f]/g, ' ') ?? null;

async function log() {
  const { room: shown } = await world
    .as(ada, LAST)
    .get<{ room: { messages: { nodes: Said[] }; lastMessage: Record<string, string> } }>(LOG, { id: room.id });
  return {
    messages: shown.messages.nodes.map(({ kind, en, ar, fr }) => [kind, en, plain(ar), plain(fr)]),
    lastMessage: shown.lastMessage,
  };
}

inBothModes((start) => {
  beforeAll(async () => {
    world = await start();
    ({ Ada: ada, Ben: ben, Sam: staff } = await world.people('Ada', 'Ben', 'Sam'));
    room = await world.room([
      [ada, 'CUSTOMER'],
      [ben, 'WORKER'],
      [staff, 'SUPPORT_STAFF'],
    ]);
  });

  afterAll(() => world.stop());

  test('the system speaks the language that is asked for, and people are left as they are', async () => {
    const on = { roomId: room.id };
    await world.act(staff, 'changeParticipantRole', { ...on, userId: ben.id, role: 'PRACTITIONER' });
    await world.act(staff, 'updateRoom', { ...on, title: 'Été' });
    await world.act(ben, 'initiatePayment', { ...on, payerId: ada.id, amountMinor: 1250, currency: 'EUR' });
    await world.act(ada, 'openDispute', {
      ...on,
      against: ben.id,
      reason: 'DAMAGED',
      desired: 'REFUND',
      amountMinor: 1000,
      currency: 'KWD',
    });
    await world.send(room, ada, 'As I said: payment failed');
    await world.act(staff, 'closeRoom', on);
    const { messages, lastMessage } = await log();
    const undated = messages.filter(([, en]) => !en!.includes('asked to respond by'));
    expect(undated).toEqual([
      ['SYSTEM', 'Host opened the room', 'تم فتح المحادثة من قِبل Host', 'Host a ouvert la conversation'],
      ['SYSTEM', 'Sam made Ben PRACTITIONER', 'أصبح دور Ben «ممارس صحي» بقرار Sam', 'Sam a donné à Ben le rôle « praticien »'],
      ['SYSTEM', 'Sam renamed the room to "Été"', 'تم تغيير اسم المحادثة إلى «Été» من قِبل Sam', 'Sam a renommé la conversation « Été »'],
      ['PAYMENT', 'Ben asks for 12.50 EUR', 'طلب من Ben لدفع 12.50 €', 'Ben demande 12,50 €'],
      [
        'DISPUTE',
        'Ada opened a dispute (damaged): 1.000 KWD',
        'تم فتح نزاع (تالف) من قِبل Ada: 1.000 د.ك.',
        'Ada a ouvert un litige (endommagé) : 1,000 KWD',
      ],
      [
        'PAYMENT',
        'The money of the payment of 12.50 EUR is on hold',
        'أموال الدفعة بقيمة 12.50 € محجوزة',
        'L’argent du paiement de 12,50 € est bloqué',
      ],
      ['TEXT', 'As I said: payment failed', 'As I said: payment failed', 'As I said: payment failed'],
      ['SYSTEM', 'Sam closed the room', 'تم إغلاق المحادثة من قِبل Sam', 'Sam a fermé la conversation'],
    ]);
    const dated = messages.filter((message) => !undated.includes(message));
    expect(dated).toHaveLength(1);
    expect(dated[0]![3]).toMatch(/^L’autre partie est invitée à répondre avant le \d{1,2} \S+ \d{4} à \d\d:\d\d UTC$/);
    expect(dated[0]![2]).toMatch(/^يُرجى من الطرف الآخر الرد قبل \d{1,2} \S+ \d{4} .*بالتوقيت العالمي$/);
    const { preview, ar, fr } = lastMessage;
    expect([preview, plain(ar ?? null), fr]).toEqual(undated.at(-1)!.slice(1));
  });

  test('two who listen in different languages hear each their own, over one node or two', async () => {
    const open = (locale: string | null): Heard<{ roomEvents: { message?: Message } }> =>
      world.as(ada, LAST).subscribe(EVENTS, { roomId: room.id, locale });
    const streams = ['FR', 'AR', 'EN', null, 'FR'].map(open);
    for (const stream of streams) for (let i = 0; i < 3; i++) await stream.next();
    await world.act(staff, 'muteParticipant', { roomId: room.id, userId: ben.id });
    const heard = await Promise.all(
      streams.map(async (stream) => (await stream.until(({ roomEvents }) => roomEvents.message !== undefined)).at(-1)?.roomEvents.message),
    );
    expect(heard.map((message) => plain(message!.content))).toEqual([
      'Sam a mis Ben en sourdine',
      'تم كتم Ben من قِبل Sam',
      'Sam muted Ben',
      'Sam muted Ben',
      'Sam a mis Ben en sourdine',
    ]);
    for (const stream of streams) await stream.leave();
  });

  test('a list of rooms asks once for what their last messages say, and not at all in English', async () => {
    for (let i = 0; i < 3; i++) await world.room([[ada, 'CLIENT']]);
    const asked = async (locale: string) => {
      const list = `{ rooms { nodes { lastMessage { preview(locale: ${locale}) } } } }`;
      const statements = await statementsDuring(() => world.as(ada).get(list));
      return statements.filter((text) => text.includes('m.metadata')).length;
    };
    expect(await asked('FR')).toBe(1);
    expect(await asked('EN')).toBe(0);
  });
});
