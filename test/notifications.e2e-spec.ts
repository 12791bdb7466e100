import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { devicesOf, stopClocks, subscribe, untilAllIsPlanned, untilAllIsTold } from './support/notified.js';
import { type Browser, PushService } from './support/push-service.js';
import { type Message, type Person, type Room, World } from './support/world.js';

let service: PushService;
let world: World;

beforeAll(async () => {
  service = await PushService.start();
  world = await World.start({
    ...service.settings,
    LOG_LEVEL: 'silent',
    APP_NAME: 'Corner',
    APP_URL: 'https://corner.example/r/{code}?id={roomId}',
  });
});

afterAll(async () => {
  await world.stop();
  await service.stop();
});

const aPair = async (names: [string, string] = ['Ada', 'Bo'], input: Record<string, unknown> = {}) => {
  const [ada, bo] = await Promise.all([world.person(names[0]), world.person(names[1])]);
  const room = await world.room([[ada, 'CUSTOMER'], [bo, 'PHARMACY_STAFF']], { title: 'Order 17', ...input }); // prettier-ignore
  const browser = service.browser();
  await subscribe(world, bo, browser);
  return { ada, bo, room, browser };
};
const bodies = (arrived: { message: Record<string, unknown> }[]) => arrived.map(({ message }) => message['body']);
const prefer = (person: Person, room: Room, input: Record<string, unknown>) =>
  world.act(person, 'updateNotificationPreferences', { roomId: room.id, ...input });

describe('a browser', () => {
  test('is told of a message that its person has not read: who, what, where, and what the icon says', async () => {
    const { ada, room, browser } = await aPair();
    const { id, sequence } = await world.send(room, ada, 'Has  it\nshipped?');
    const [arrived] = await browser.count(1);
    expect(arrived!.message).toEqual({
      ...{ version: 1, type: 'MESSAGES', tag: room.id, roomId: room.id, roomCode: room.code, badge: 1, count: 1 },
      ...{ title: 'Order 17', body: 'Ada: Has it shipped?', messageId: id, sequence },
      url: `https://corner.example/r/${room.code}?id=${room.id}`,
    });
    expect(arrived!.headers).toMatchObject({ ttl: '86400', urgency: 'high', 'content-encoding': 'aes128gcm' });
    expect(arrived!.headers['topic']).toMatch(/^[\w-]{22}$/);
  });

  test('of the sender hears nothing, and neither does that of somebody outside', async () => {
    const { ada, bo, room, browser } = await aPair();
    const [senders, strangers] = [service.browser(), service.browser()];
    await subscribe(world, ada, senders);
    await subscribe(world, await world.person('stranger'), strangers);
    await world.send(room, ada, 'one');
    await browser.count(1);
    await untilAllIsTold(world);
    expect([senders.arrived, strangers.arrived]).toEqual([[], []]);
    await world.send(room, bo, 'two');
    await senders.count(1);
    await untilAllIsTold(world);
    expect(bodies(browser.arrived)).toEqual(['Ada: one']);
  });

  test('is one of several, which are all told; one that is gone is forgotten', async () => {
    const { ada, bo, room, browser } = await aPair();
    const gone = service.browser();
    await subscribe(world, bo, gone, 'the old phone');
    service.answers((one) => (one === gone ? 410 : 201));
    await world.send(room, ada, 'hello');
    await browser.count(1);
    await untilAllIsTold(world);
    service.answers(() => 201);
    expect(await devicesOf(world, bo)).toEqual([expect.objectContaining({ kind: 'WEB', label: null })]);
  });

  test('that changes hands tells its new person, and no longer the old one', async () => {
    const { ada, room, browser } = await aPair();
    const cy = await world.person('Cy');
    const other = await world.room([[ada, 'CUSTOMER'], [cy, 'PHARMACY_STAFF']], { title: 'Order 18' }); // prettier-ignore
    await subscribe(world, cy, browser);
    await world.send(room, ada, 'for Bo');
    await world.send(other, ada, 'for Cy');
    await browser.count(1);
    await untilAllIsTold(world);
    expect(bodies(browser.arrived)).toEqual(['Ada: for Cy']);
  });

  test('is told in the language of its person', async () => {
    const { ada, bo, room, browser } = await aPair();
    await world.act(bo, 'updateNotificationSettings', { locale: 'FR' });
    await world.send(room, ada, 'un');
    await browser.count(1);
    const clock = stopClocks(world);
    await world.send(room, ada, 'deux');
    await world.send(room, ada, 'trois');
    clock.ahead(1_000);
    await untilAllIsTold(world);
    expect(bodies(browser.arrived).at(-1)).toMatch(/^Ada : trois( · 2 nouveaux messages)?$/);
  });
});

describe('what happens before its time', () => {
  const PATIENT = { PUSH_AFTER_SECONDS: '30' };
  let patient: World;

  beforeAll(async () => {
    patient = await World.start({ ...service.settings, ...PATIENT, LOG_LEVEL: 'silent' });
  });
  afterAll(() => patient.stop());

  const start = async () => {
    const [ada, bo] = await Promise.all([patient.person('Ada'), patient.person('Bo')]);
    const room = await patient.room([[ada, 'CUSTOMER'], [bo, 'PHARMACY_STAFF']], { title: 'Order 17' }); // prettier-ignore
    const browser = service.browser();
    await subscribe(patient, bo, browser);
    return { ada, bo, room, browser, clock: stopClocks(patient) };
  };

  test('is told together, in one notification of the room', async () => {
    const { ada, room, browser, clock } = await start();
    for (const text of ['one', 'two', 'three']) await patient.send(room, ada, text);
    await untilAllIsPlanned(patient);
    clock.ahead(31_000);
    await untilAllIsTold(patient);
    expect(browser.arrived.map(({ message }) => [message['count'], message['badge'], message['body']])).toEqual([
      [3, 3, 'Ada: three · 3 new messages'],
    ]);
  });

  test.each<[string, (all: { ada: Person; bo: Person; room: Room; message: Message }) => Promise<void>]>([
    ['was read', ({ bo, room, message }) => patient.act(bo, 'markRead', { roomId: room.id, upToSequence: message.sequence })],
    ['was deleted', ({ ada, room, message }) => patient.act(ada, 'deleteMessage', { roomId: room.id, messageId: message.id })],
    ['its reader was removed from', ({ bo, room }) => patient.act(bo, 'leaveRoom', { roomId: room.id })],
    [
      'stands in a room that was silenced',
      ({ bo, room }) => patient.act(bo, 'updateNotificationPreferences', { roomId: room.id, level: 'NONE' }),
    ],
    [
      'is for somebody who was deactivated',
      async ({ bo }) => patient.act(await patient.person('Root', 'ADMIN'), 'deactivateUser', { userId: bo.id }),
    ],
    ['is behind the horizon of its reader', ({ bo, room }) => patient.act(bo, 'clearHistory', { roomId: room.id })],
  ])('that it %s takes it back', async (_, undo) => {
    const { ada, bo, room, browser, clock } = await start();
    const message = await patient.send(room, ada, 'soon past');
    await untilAllIsPlanned(patient);
    expect(await patient.sql('select head_sequence > told_sequence as waits from notifications where user_id = $1', [bo.id])).toEqual([
      { waits: true },
    ]);
    await undo({ ada, bo, room, message });
    clock.ahead(31_000);
    await untilAllIsTold(patient);
    expect(browser.arrived).toEqual([]);
  });
});

describe('rules', () => {
  test('the room is stronger than its kind, and its kind than all rooms', async () => {
    const { ada, bo, room, browser } = await aPair(['Ada', 'Bo'], { kind: 'SUPPORT' });
    const tell = async (text: string) => {
      await world.send(room, ada, text);
      await untilAllIsTold(world);
    };
    await world.act(bo, 'updateNotificationSettings', { everywhere: { level: 'NONE' } });
    await tell('nowhere');
    await world.act(bo, 'updateNotificationSettings', { roomKinds: [{ roomKind: 'SUPPORT', level: 'ALL' }] });
    await tell('by kind');
    await prefer(bo, room, { level: 'NONE' });
    await tell('not here');
    await prefer(bo, room, { level: null });
    await tell('by kind again');
    expect(bodies(browser.arrived)).toEqual(['Ada: by kind', 'Ada: by kind again']);
  });

  test('MENTIONS: only of what names one, answers one', async () => {
    const { ada, bo, room, browser } = await aPair();
    await prefer(bo, room, { level: 'MENTIONS' });
    const own = await world.send(room, bo, 'mine');
    await world.send(room, ada, 'not for Bo');
    await world.send(room, ada, 'rubbish', { metadata: { mentions: { [bo.id]: true } } });
    await untilAllIsTold(world);
    await world.send(room, ada, 'hey Bo', { metadata: { mentions: [bo.id] } });
    await untilAllIsTold(world);
    await world.send(room, ada, 'an answer', { replyToId: own.id });
    await untilAllIsTold(world);
    expect(browser.arrived.map(({ message }) => [message['body'], message['count']])).toEqual([
      ['Ada: hey Bo', 1],
      ['Ada: an answer', 1],
    ]);
  });

  test('kinds: only of those', async () => {
    const { ada, bo, room, browser } = await aPair();
    await prefer(bo, room, { kinds: ['IMAGE'] });
    await world.send(room, ada, 'a text');
    await untilAllIsTold(world);
    await world.send(room, ada, 'see', { kind: 'IMAGE' });
    await untilAllIsTold(world);
    expect(bodies(browser.arrived)).toEqual(['Ada: see']);
  });

  test('what comes into a silence is never told; what comes into quiet hours is, at their end', async () => {
    const { ada, bo, room, browser } = await aPair();
    const clock = stopClocks(world);
    await prefer(bo, room, { silentUntil: new Date(Date.now() + 3_600_000).toISOString() });
    await world.send(room, ada, 'into the silence');
    await untilAllIsTold(world);
    clock.ahead(3_700_000);
    const now = new Date(Date.now() + 3_700_000);
    const clockAt = (ms: number) => new Date(now.getTime() + ms).toISOString().slice(11, 16);
    await world.act(bo, 'updateNotificationSettings', { quietHours: { from: clockAt(-60_000), to: clockAt(7_200_000), timeZone: 'UTC' } });
    await world.send(room, ada, 'into the night');
    await untilAllIsPlanned(world);
    const [turn] = await world.sql<{ due_at: Date }>('select due_at from notification_turns where user_id = $1', [bo.id]);
    expect(turn!.due_at.toISOString().slice(11, 16)).toBe(clockAt(7_200_000));
    expect(browser.arrived).toEqual([]);
    clock.ahead(7_200_000);
    await untilAllIsTold(world);
    expect(bodies(browser.arrived)).toEqual(['Ada: into the night']);
  });

  test('nothing of a sensitive room is shown, nor where somebody does not want it', async () => {
    const { ada, room, browser } = await aPair(['Anna Patient', 'Bo'], { isSensitive: true, title: 'Anna Patient' });
    await world.send(room, ada, 'It hurts');
    await browser.count(1);
    expect(JSON.stringify(browser.arrived)).not.toMatch(/Anna|hurts/);
    expect(browser.arrived[0]!.message).toMatchObject({ title: 'Corner', body: '1 new message', count: 1 });
    const open = await aPair();
    await prefer(open.bo, open.room, { showsContent: false });
    await world.send(open.room, open.ada, 'secret');
    await open.browser.count(1);
    expect(open.browser.arrived[0]!.message).toMatchObject({ title: 'Corner', body: '1 new message' });
  });
});

describe('a step', () => {
  test('is told to the others, and not to who took it', async () => {
    const [customer, shop] = await Promise.all([world.person('Customer'), world.person('Shop')]);
    const [mine, theirs] = [service.browser(), service.browser()];
    await subscribe(world, customer, mine);
    await subscribe(world, shop, theirs);
    const room = await world.room([[customer, 'CUSTOMER'], [shop, 'PHARMACY_STAFF']]); // prettier-ignore
    const input = { roomId: room.id, payeeId: shop.id, amountMinor: 1_250, currency: 'EUR', idempotencyKey: 'pay-1' };
    await world.do(customer, 'initiatePayment', input, 'id');
    await untilAllIsTold(world);
    // That they start it, and that it was paid, which comes with it or after it.
    const told = ({ arrived }: Browser) => arrived.reduce((sum, { message }) => sum + Number(message['count']), 0);
    expect([told(theirs), told(mine)]).toEqual([2, 1]);
    expect(bodies(theirs.arrived).join()).toMatch(/Customer started a payment of 12.50 EUR|2 new messages/);
    expect(bodies(mine.arrived)).toEqual(['12.50 EUR were paid']);
  });
});
