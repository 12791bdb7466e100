import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FcmServer } from './support/fcm-server.js';
import { devicesOf, registerDevice, stopClocks, subscribe, untilAllIsTold } from './support/notified.js';
import { PushService } from './support/push-service.js';
import { type Person, type Room, World } from './support/world.js';

let fcm: FcmServer;
let service: PushService;
let world: World;
let ada: Person;
let bo: Person;
let room: Room;

beforeAll(async () => {
  [fcm, service] = await Promise.all([FcmServer.start(), PushService.start()]);
  world = await World.start({ ...service.settings, ...fcm.settings, LOG_LEVEL: 'silent' });
});

afterAll(async () => {
  await world.stop();
  await fcm.stop();
  await service.stop();
});

beforeEach(async () => {
  [ada, bo] = await Promise.all([world.person('Ada'), world.person('Bo')]);
  room = await world.room([[ada, 'CUSTOMER'], [bo, 'PHARMACY_STAFF']], { title: 'Order 17' }); // prettier-ignore
  fcm.messages.length = 0;
  fcm.answers(() => 200);
  service.answers(() => 201);
});

const aToken = () => `fcm:${randomBytes(40).toString('base64url')}`;
/** 65 bytes that lie on no curve. */
const NO_POINT = Buffer.alloc(65, 4).toString('base64url');
/** Characters of which each takes three bytes, and none is like another. */
const aScript = (length: number) =>
  Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join('');
const refusal = (person: Person | null, input: object) =>
  world.as(person).refusal('mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { id } }', { input });

describe('an application', () => {
  test('is told over Firebase, and takes it off its screen when its person has read it elsewhere', async () => {
    const fcmToken = aToken();
    await registerDevice(world, bo, { fcmToken, label: 'phone' });
    const { id, sequence } = await world.send(room, ada, 'Has it shipped?');
    const [message] = await fcm.count(1);
    expect(message).toMatchObject({
      token: fcmToken,
      data: {
        type: 'MESSAGES',
        version: '1',
        title: 'Order 17',
        body: 'Ada: Has it shipped?',
        roomId: room.id,
        messageId: id,
        sequence: String(sequence),
        badge: '1',
        url: '',
      },
      android: { priority: 'HIGH', ttl: '86400s' },
      apns: {
        headers: { 'apns-collapse-id': room.id },
        payload: { aps: { alert: { title: 'Order 17', body: 'Ada: Has it shipped?' }, badge: 1, 'thread-id': room.id } },
      },
    });
    await untilAllIsTold(world);
    await world.act(bo, 'markRead', { roomId: room.id, upToSequence: sequence });
    const [, gone] = await fcm.count(2);
    expect(gone).toMatchObject({
      data: { type: 'READ', tag: room.id, badge: '0' },
      apns: { payload: { aps: { badge: 0, 'content-available': 1 } } },
    });
    expect(gone!.apns.payload.aps).not.toHaveProperty('alert');
    await untilAllIsTold(world);
    expect(fcm.messages).toHaveLength(2);
  });

  test('shows one thing more when something comes meanwhile, and nothing when it was read before', async () => {
    const browser = service.browser();
    await subscribe(world, bo, browser);
    await registerDevice(world, bo, { fcmToken: aToken() });
    const { sequence } = await world.send(room, ada, 'one');
    await untilAllIsTold(world);
    await world.act(bo, 'markRead', { roomId: room.id, upToSequence: sequence });
    await world.act(bo, 'markRead', { roomId: room.id, upToSequence: sequence });
    await world.send(room, ada, 'two');
    await untilAllIsTold(world);
    expect(fcm.messages.at(-1)).toMatchObject({ data: { body: 'Ada: two', count: '1' } });
    // A browser has to show something for whatever it is sent.
    expect(browser.arrived.map(({ message }) => message['type'])).toEqual(['MESSAGES', 'MESSAGES']);
  });

  test('on whose screen something comes while its person reads it elsewhere takes it off again', async () => {
    await registerDevice(world, bo, { fcmToken: aToken() });
    let release = () => undefined as void;
    const held = new Promise<number>((resolve) => (release = () => resolve(200)));
    const asked = new Promise<void>((resolve) =>
      fcm.answers(() => {
        resolve();
        return held;
      }),
    );
    const { sequence } = await world.send(room, ada, 'one');
    await asked;
    await world.act(bo, 'markRead', { roomId: room.id, upToSequence: sequence });
    release();
    await fcm.count(2);
    expect(fcm.messages.map(({ data }) => data['type'])).toEqual(['MESSAGES', 'READ']);
    await untilAllIsTold(world);
  });

  test.each(['𝔸', 'ש', '"', '\u0001'])('and a browser are told in time however long everything is: %j', async (letter) => {
    const [browser, wordy] = [service.browser(), await world.person(letter.repeat(200))];
    await subscribe(world, bo, browser);
    await registerDevice(world, bo, { fcmToken: aToken() });
    const title = letter.repeat(200);
    const long = await world.room([[wordy, 'CUSTOMER'], [bo, 'PHARMACY_STAFF']], { title }); // prettier-ignore
    await world.send(long, wordy, letter.repeat(2_000));
    await untilAllIsTold(world);
    expect([fcm.messages.length, browser.arrived.length]).toEqual([1, 1]);
    expect(fcm.messages[0]!.data['title']).toMatch(new RegExp(`^${letter}{49,}…?$`, 'u'));
  });

  test('that is gone is forgotten, and a token that was revoked is asked for anew', async () => {
    await registerDevice(world, bo, { fcmToken: aToken() });
    await world.send(room, ada, 'one');
    await untilAllIsTold(world);
    const { granted } = fcm;
    fcm.revoke();
    const clock = stopClocks(world);
    await world.send(room, ada, 'two');
    await fcm.count(2);
    await untilAllIsTold(world);
    expect(fcm.granted).toBe(granted + 1);
    expect(fcm.messages.map(({ data }) => data['body'])).toEqual(['Ada: one', 'Ada: two']);
    // A project that is not there says nothing about the device.
    fcm.answers(() => 404);
    await world.send(room, ada, 'three');
    await clock.after(1_000);
    await untilAllIsTold(world);
    expect(await devicesOf(world, bo)).toHaveLength(1);
    fcm.answers(() => 'UNREGISTERED');
    await world.send(room, ada, 'four');
    await clock.after(1_000);
    await untilAllIsTold(world);
    expect(await devicesOf(world, bo)).toEqual([]);
  });
});

describe('a device', () => {
  test('is registered once, however often, and belongs to one person', async () => {
    const browser = service.browser();
    const first = await subscribe(world, bo, browser, 'old');
    expect(await subscribe(world, bo, browser, 'new')).toEqual({ id: first.id, kind: 'WEB', label: 'new' });
    const { id } = await subscribe(world, ada, browser);
    expect(id).not.toBe(first.id);
    expect([await devicesOf(world, bo), (await devicesOf(world, ada)).map((one) => one.id)]).toEqual([[], [id]]);
  });

  test('is removed by its person alone', async () => {
    const remove = (person: Person, deviceId: string) =>
      world.as(person).get('mutation ($input: RemoveDeviceInput!) { removeDevice(input: $input) }', { input: { deviceId } });
    const { id } = await subscribe(world, bo, service.browser());
    expect(await remove(ada, id)).toEqual({ removeDevice: false });
    expect(await remove(bo, 'nonsense')).toEqual({ removeDevice: false });
    expect(await remove(bo, id)).toEqual({ removeDevice: true });
    expect(await remove(bo, id)).toEqual({ removeDevice: false });
  });

  test('is one of twenty at most: the oldest goes', async () => {
    const clock = stopClocks(world);
    for (let i = 0; i < 22; i++) {
      await registerDevice(world, bo, { fcmToken: aToken(), label: `phone ${i}` });
      clock.ahead(1);
    }
    const labels = (await devicesOf(world, bo)).map(({ label }) => label);
    expect(labels).toEqual(Array.from({ length: 20 }, (_, i) => `phone ${21 - i}`));
  });

  test.each<[string, string, (browser: ReturnType<PushService['browser']>) => object]>([
    ['neither', 'BAD_USER_INPUT', () => ({})],
    ['both', 'BAD_USER_INPUT', ({ subscription }) => ({ subscription, fcmToken: aToken() })],
    ['an address that is none', 'BAD_USER_INPUT', ({ subscription }) => ({ subscription: { ...subscription, endpoint: 'nowhere' } })],
    [
      'keys that are none',
      'BAD_USER_INPUT',
      ({ subscription }) => ({ subscription: { ...subscription, keys: { p256dh: 'x', auth: 'y' } } }),
    ],
    [
      'a key with which nothing can be encrypted',
      'BAD_USER_INPUT',
      ({ subscription }) => ({ subscription: { ...subscription, keys: { ...subscription.keys, p256dh: NO_POINT } } }),
    ],
    [
      'an address longer than an index takes',
      'BAD_USER_INPUT',
      ({ subscription }) => ({ subscription: { ...subscription, endpoint: `https://example.com/${aScript(1_900)}` } }),
    ],
    ['a token that is none', 'BAD_USER_INPUT', () => ({ fcmToken: '../../etc' })],
  ])('with %s is refused', async (_, code, input) => {
    expect(await refusal(bo, input(service.browser()))).toBe(code);
  });

  test('of nobody is refused', async () => {
    expect(await refusal(null, { fcmToken: aToken() })).toBe('UNAUTHENTICATED');
    expect(await world.as(null).refusal('{ devices { id } }')).toBe('UNAUTHENTICATED');
  });
});

describe('a device that cannot be called', () => {
  // As they lie in the table from before.
  const keep = (values: [string, string, string | null, string | null]) =>
    world.sql(
      'insert into devices (id, user_id, kind, address, p256dh, auth, registered_at) values ($1, $2, $3, $4, $5, $6, now())',
      [randomUUID(), bo.id, ...values], // prettier-ignore
    );

  test('holds up none of the others, which are told once', async () => {
    const browser = service.browser();
    await subscribe(world, bo, browser);
    await keep(['WEB', `${browser.endpoint}/other`, NO_POINT, browser.subscription.keys.auth]);
    const { sequence } = await world.send(room, ada, 'one');
    await untilAllIsTold(world);
    expect(browser.arrived.map(({ message }) => message['sequence'])).toEqual([sequence]);
    expect(await world.sql('select attempt from notification_turns where user_id = $1', [bo.id])).toEqual([{ attempt: 0 }]);
  });

  test('and is the only one is given up in the end', async () => {
    const clock = stopClocks(world);
    await keep(['WEB', `${service.browser().endpoint}/other`, NO_POINT, service.browser().subscription.keys.auth]);
    await world.send(room, ada, 'one');
    for (let days = 0; days < 9; days++) await clock.after(25 * 3_600_000);
    await untilAllIsTold(world);
    stopClocks(world);
  });

  test('is none of the kinds that are set up here', async () => {
    const closed = await World.start({ ...service.settings, LOG_LEVEL: 'silent' });
    const [from, to] = await Promise.all([closed.person('Ada'), closed.person('Bo')]);
    const browser = service.browser();
    await subscribe(closed, to, browser);
    await closed.sql("insert into devices (id, user_id, kind, address, registered_at) values ($1, $2, 'FCM', $3, now())", [
      ...[randomUUID(), to.id, aToken()],
    ]);
    const shared = await closed.room([[from, 'CUSTOMER'], [to, 'PHARMACY_STAFF']]); // prettier-ignore
    await closed.send(shared, from, 'one');
    await untilAllIsTold(closed);
    expect(browser.arrived).toHaveLength(1);
    await closed.stop();
  });
});

test('without push services, none is registered; without the permission, none inside of the network', async () => {
  const [bare, closed] = await Promise.all([World.start(), World.start({ ...service.settings, WEBHOOK_ALLOW_PRIVATE: 'false' })]);
  const input = { subscription: service.browser().subscription };
  const mutation = 'mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { id } }';
  const answers = await Promise.all(
    [bare, closed].map(async (where) => {
      const person = await where.person('Bo');
      const { webPushKey } = await where.as(person).get<{ webPushKey: string | null }>('{ webPushKey }');
      return [
        webPushKey,
        await where.as(person).refusal(mutation, { input }),
        await where.as(person).refusal(mutation, { input: { fcmToken: aToken() } }),
      ];
    }),
  );
  const inside = { subscription: { ...input.subscription, endpoint: 'https://169.254.169.254/push' } };
  expect(await closed.as(await closed.person('Cy')).refusal(mutation, { input: inside })).toBe('BAD_USER_INPUT');
  expect(answers).toEqual([
    [null, 'UNAVAILABLE', 'UNAVAILABLE'],
    [service.keys.VAPID_PUBLIC_KEY, 'BAD_USER_INPUT', 'UNAVAILABLE'],
  ]);
  await Promise.all([bare.stop(), closed.stop()]);
});
