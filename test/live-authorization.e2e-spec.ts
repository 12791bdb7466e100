import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cable } from './support/cable.js';
import { ApiClient } from './support/client.js';
import { startTestNode } from './support/node.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { Wire } from './support/wire.js';
import { aToken, type Person, SECRET, World } from './support/world.js';

const FELT_WITHIN_MS = 1_000;
const PASSWORD = 'a long enough password';
const ME = '{ me { id } }';

let world: World;
let boss: Person;

/** Sockets of one token on every node, each past the handshake. */
const everywhere = (token: string): Promise<Wire[]> => Promise.all(world.nodes.map((node) => Wire.signedIn(node, token)));

/** The sockets end as those of somebody who may not be there, within the time that is promised, counted from the answer to `step`. */
async function expectEndAfter(wires: Wire[], step: () => Promise<unknown>): Promise<void> {
  await step();
  const answeredAt = performance.now();
  for (const wire of wires) expect(await wire.closed).toMatchObject({ code: 4403 });
  expect(performance.now() - answeredAt).toBeLessThan(FELT_WITHIN_MS);
}

/** Somebody who is still there is answered. */
async function expectServed(wire: Wire): Promise<void> {
  wire.ask('served', ME);
  expect(await wire.next()).toMatchObject({ type: 'next', payload: { data: { me: {} } } });
  await wire.close();
}

async function signIn(email: string): Promise<{ accessToken: string; refreshToken: string }> {
  const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }';
  const data = await world.as(null).get<{ signIn: { accessToken: string; refreshToken: string } }>(document, {
    input: { email, password: PASSWORD },
  });
  return data.signIn;
}

async function account(name: string, role = 'USER') {
  const email = `${name}@example.test`;
  const { id } = await world.do<{ id: string }>(boss, 'registerUser', { externalId: name, email, password: PASSWORD, role }, 'id');
  return { id, email };
}

const refresh = (refreshToken: string) =>
  world.as(null).ask('mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }', { token: refreshToken });

let count = 0;
const newName = () => `somebody-${++count}`;

/** The losses of access, each on its own people; what they do is the same whatever connects the nodes. */
function losses(): void {
  test('a deactivated person is put off their sockets, and nobody else is', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const [wires, [other, ...others]] = [await everywhere(ada.token), await everywhere(ben.token)];
    await expectEndAfter(wires, () => world.act(boss, 'deactivateUser', { userId: ada.id }));
    await expectServed(other!);
    for (const wire of others) await expectServed(wire);
  });

  test('who signs out is answered, then put off, and stays signed in elsewhere', async () => {
    const { email } = await account(newName());
    const [here, elsewhere] = [await signIn(email), await signIn(email)];
    const [wires, others] = [await everywhere(here.accessToken), await everywhere(elsewhere.accessToken)];
    const client = new ApiClient(world.nodes[0]!.url, here.accessToken);
    await expectEndAfter(wires, async () => expect(await client.askBySocket('mutation { signOut }')).toEqual({ data: { signOut: true } }));
    for (const wire of others) await expectServed(wire);
    await client.close();
  });

  test('a refresh token that is used twice ends its session', async () => {
    const { accessToken, refreshToken } = await signIn((await account(newName())).email);
    const wires = await everywhere(accessToken);
    await refresh(refreshToken);
    await expectEndAfter(wires, () => refresh(refreshToken));
  });

  test('a new password ends all sessions', async () => {
    const name = newName();
    const { email } = await account(name);
    const wires = [...(await everywhere((await signIn(email)).accessToken)), ...(await everywhere((await signIn(email)).accessToken))];
    await expectEndAfter(wires, () => world.act(boss, 'registerUser', { externalId: name, password: `${PASSWORD}, and another` }));
  });

  test('another role on the platform ends what was opened with the old one, whoever gave it', async () => {
    const name = newName();
    const { email } = await account(name, 'SUPPORT');
    await expectEndAfter(await everywhere((await signIn(email)).accessToken), () =>
      world.act(boss, 'registerUser', { externalId: name, role: 'USER' }),
    );
    const sub = newName();
    await expectEndAfter(await everywhere(await aToken({ sub, role: 'SUPPORT' })), async () =>
      new ApiClient(world.nodes[0]!.url, await aToken({ sub, role: 'USER' })).get(ME),
    );
  });

  test('a registration that takes nothing away leaves the sockets alone', async () => {
    const name = newName();
    const { email } = await account(name);
    const wires = await everywhere((await signIn(email)).accessToken);
    await world.act(boss, 'registerUser', { externalId: name, displayName: 'Another name' });
    for (const wire of wires) await expectServed(wire);
  });

  test('requests without a socket are refused everywhere, too', async () => {
    const { eve } = await world.people('eve');
    for (const node of world.nodes.keys()) await world.as(eve, node).get(ME);
    await world.act(boss, 'deactivateUser', { userId: eve.id });
    const answeredAt = performance.now();
    for (const node of world.nodes.keys()) while ((await world.as(eve, node).refusal(ME)) === 'OK');
    expect(performance.now() - answeredAt).toBeLessThan(FELT_WITHIN_MS);
  });

  test('what was changed past the application is felt on sockets, too', async () => {
    const { fay } = await world.people('fay');
    await expectEndAfter(await everywhere(fay.token), () => world.sql('update users set is_active = false where id = $1', [fay.id]));
  });

  test('who comes in while they are being put off does not stay', async () => {
    for (let round = 0; round < 5; round++) {
      const { kim } = await world.people('kim');
      const wires = await Promise.all(world.nodes.map((node) => Wire.open(node)));
      const deactivated = world.act(boss, 'deactivateUser', { userId: kim.id });
      for (const wire of wires) wire.say({ type: 'connection_init', payload: { authorization: `Bearer ${kim.token}` } });
      await deactivated;
      const answeredAt = performance.now();
      for (const wire of wires) expect(await wire.closed).toMatchObject({ code: 4403 });
      expect(performance.now() - answeredAt).toBeLessThan(FELT_WITHIN_MS);
    }
  });
}

describe('a node alone', () => {
  beforeAll(async () => {
    world = await World.start();
    boss = await world.person('boss', 'ADMIN');
  });

  afterAll(() => world.stop());

  losses();

  test('whose token has ended goes on with a fresh one where the old one stopped', async () => {
    const { ada } = await world.people('ada');
    const sub = newName();
    const claims = { sub, name: 'Ben' };
    const { me } = await new ApiClient(world.nodes[0]!.url, await aToken(claims)).get<{ me: { id: string } }>(ME);
    const ben = { id: me.id, name: 'Ben', externalId: sub, token: '' };
    const room = await world.room([
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
    ]);
    const document = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
      ... on MessageAdded { revision message { content } } } }`;
    type Heard = { roomEvents: { revision?: number; message?: { content: string } } };
    const listen = (token: string, after: number) =>
      new ApiClient(world.nodes[0]!.url, token).subscribe<Heard>(document, { roomId: room.id, after });
    /** With a token that lasts no longer than it takes to hear what was said, which on a busy machine is a while. */
    const untilItEnds = async (lifetimeS: number): Promise<number> => {
      const told: Heard['roomEvents'][] = [];
      const stream = listen(await aToken(claims, lifetimeS), 0);
      const end = stream.until(({ roomEvents }) => {
        told.push(roomEvents);
        return false;
      });
      await expect(end).rejects.toMatchObject({ code: 4403 });
      return told.find(({ message }) => message?.content === 'before')?.revision ?? untilItEnds(2 * lifetimeS);
    };

    await world.send(room, ada, 'before');
    const revision = await untilItEnds(1);
    await world.send(room, ada, 'meanwhile');
    const second = listen(await aToken(claims), revision);
    await world.send(room, ada, 'after');
    const heard = await second.until(({ roomEvents }) => roomEvents.message?.content === 'after');
    expect(heard.flatMap(({ roomEvents }) => roomEvents.message?.content ?? [])).toEqual(['meanwhile', 'after']);
    await second.leave();
  });
});

const withRedis = hasRedis() ? describe : describe.skip;

withRedis.each([
  ['on one Redis', true],
  ['whose Redis is away', false],
])('two nodes %s', (_, isThere) => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await TestRedis.start();
    world = await World.start({ REDIS_URL: redis.url }, 2);
    boss = await world.person('boss', 'ADMIN');
    if (!isThere) await redis.kill();
    await world.untilBusesAre(isThere);
  });

  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });

  losses();
});

withRedis('a node cut off from its database, but not from Redis', () => {
  let redis: TestRedis;
  let cable: Cable;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const settings = { REDIS_URL: redis.url, LOG_LEVEL: 'silent' };
    world = await World.start(settings);
    boss = await world.person('boss', 'ADMIN');
    cable = await Cable.to(world.database.url);
    world.nodes.push(await startTestNode(world.database, { JWT_SECRET: SECRET, ...settings, DATABASE_URL: cable.url }));
    await world.untilBusesAre(true);
    // graphile-worker prints what it meets, past every logger.
    jest.spyOn(console, 'trace').mockReturnValue();
  });

  afterAll(async () => {
    // Lines that are deaf for good would be waited for.
    await cable.cut();
    await world.stop();
    await redis.stop();
    jest.restoreAllMocks();
  });

  test('puts off who was deactivated or has signed out, and nobody else', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const { accessToken } = await signIn((await account(newName())).email);
    const there = (token: string) => Wire.signedIn(world.nodes[1]!, token);
    const [wire, session, other] = [await there(ada.token), await there(accessToken), await there(ben.token)];
    cable.deafen();
    await expectEndAfter([wire], () => world.act(boss, 'deactivateUser', { userId: ada.id }));
    await expectEndAfter([session], () => new ApiClient(world.nodes[0]!.url, accessToken).get('mutation { signOut }'));
    other.ask('served', '{ __typename }');
    expect(await other.next()).toMatchObject({ type: 'next', payload: { data: { __typename: 'Query' } } });
    await other.close();
  });
});
