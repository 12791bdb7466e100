import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient } from './support/client.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { type Lab, startLab } from './support/lab.js';
import { upgrade, Wire } from './support/wire.js';
import { aToken, SECRET } from './support/world.js';

const ORIGIN = 'https://shop.example';
const MINE = '{ whoAmI }';
const TICKS = 'subscription ($count: Int!, $padding: Int!) { ticks(count: $count, padding: $padding) { number padding } }';

let database: TestDatabase;
let lab: Lab;

beforeAll(async () => {
  database = await createTestDatabase();
  lab = await startLab(database, { JWT_SECRET: SECRET, ALLOWED_ORIGINS: ORIGIN });
});

afterAll(async () => {
  await lab.app.close();
  await database.drop();
});

beforeEach(() => lab.source.reset());

describe('an upgrade', () => {
  test('on another path is 404 and the connection is closed', async () => {
    expect(await upgrade(lab, '/')).toBe(404);
    expect(await upgrade(lab, '/graphql/x')).toBe(404);
    expect(await upgrade(lab, '/graphql?a=b')).toBe(101);
  });

  test('is for pages of the listed origins and of our own, and for clients that are no page', async () => {
    expect(await upgrade(lab, '/graphql', { origin: ORIGIN })).toBe(101);
    expect(await upgrade(lab, '/graphql', { origin: lab.url })).toBe(101);
    expect(await upgrade(lab, '/graphql')).toBe(101);
    for (const origin of ['https://evil.example', `${ORIGIN}.evil.example`, 'null', '']) {
      expect(await upgrade(lab, '/graphql', { origin })).toBe(403);
    }
  });
});

describe('a socket is closed', () => {
  test('4403 for a bad token, and for one that is no text', async () => {
    for (const authorization of ['Bearer nonsense', 'nonsense', `Bearer ${await aToken({ sub: 'ada' }, -60)}`, 7, { a: 1 }]) {
      const wire = await Wire.open(lab);
      wire.say({ type: 'connection_init', payload: { authorization } });
      expect(await wire.closed).toMatchObject({ code: 4403 });
    }
  });

  test('4403 when the token ends, and its streams are let go', async () => {
    const wire = await Wire.signedIn(lab, await aToken({ sub: 'ada' }, 2));
    wire.ask('1', TICKS, { count: 1, padding: 0 });
    expect(await wire.next()).toMatchObject({ type: 'next' });
    expect(await wire.closed).toEqual({ code: 4403, reason: 'The token has expired' });
    await lab.source.left;
  });

  test('4408 for who does not say within 3 s who it is', async () => {
    const openedAt = performance.now();
    const wire = await Wire.open(lab);
    expect(await wire.closed).toMatchObject({ code: 4408 });
    const after = performance.now() - openedAt;
    expect(after).toBeGreaterThan(2_900);
    expect(after).toBeLessThan(5_000);
  });

  test('4401 for an operation before the connection is acknowledged', async () => {
    const wire = await Wire.open(lab);
    wire.ask('1', MINE);
    expect(await wire.closed).toMatchObject({ code: 4401 });
  });

  test('4408 when nobody says who they are for 3 s', async () => {
    const wire = await Wire.open(lab);
    expect(await wire.closed).toMatchObject({ code: 4408 });
  });

  test('4406 when it does not speak our protocol', async () => {
    const wire = await Wire.open(lab, []);
    expect(await wire.closed).toMatchObject({ code: 4406 });
  });

  test('4400 for what is no message, 4409 for an id in use, 4429 for a second init', async () => {
    for (const nonsense of ['{', '{"type":"nonsense"}', '{"type":"next","id":"1","payload":{"data":null}}', '"text"']) {
      const wire = await Wire.signedIn(lab, null);
      wire.say(nonsense);
      expect(await wire.closed).toMatchObject({ code: 4400 });
    }
    const busy = await Wire.signedIn(lab, null);
    busy.ask('1', TICKS, { count: 1, padding: 0 });
    await busy.next();
    busy.ask('1', TICKS, { count: 1, padding: 0 });
    expect(await busy.closed).toMatchObject({ code: 4409 });

    const eager = await Wire.signedIn(lab, null);
    eager.say({ type: 'connection_init' });
    expect(await eager.closed).toMatchObject({ code: 4429 });
  });

  test('1009 for a frame of more than 128 KiB', async () => {
    const wire = await Wire.signedIn(lab, null);
    wire.ask('1', `{ nothing } #${'x'.repeat(128 * 1024)}`);
    expect(await wire.closed).toMatchObject({ code: 1009 });
  });
});

describe('over one socket', () => {
  test('queries, mutations and subscriptions run side by side, as the person of the token', async () => {
    const ada = new ApiClient(lab.url, await aToken({ sub: 'ada' }));
    const { data } = await ada.askBySocket<{ whoAmI: string }>(MINE);
    expect(data).toEqual(await ada.get(MINE));

    const heard = ada.subscribe<{ ticks: { number: number } }>(TICKS, { count: 3, padding: 0 });
    for (const number of [1, 2, 3]) expect(await heard.next()).toEqual({ ticks: { number, padding: '' } });
    expect(await ada.askBySocket('mutation { note(input: { content: "hello" }) }')).toEqual({ data: { note: 'hello' } });
    await heard.leave();
    await lab.source.left;
    await ada.close();
  });

  test('who brings no token may do what is public, and only that', async () => {
    const stranger = new ApiClient(lab.url, null);
    expect(await stranger.askBySocket('{ address }')).toEqual({ data: { address: '127.0.0.1' } });
    expect((await stranger.askBySocket(MINE)).errors?.[0]).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
    expect(await stranger.subscribe('subscription { messageAdded(roomId: "x") { id } }').next()).toBe('UNAUTHENTICATED');
    await stranger.close();
  });

  test('each event has a context of its own, shared by its fields', async () => {
    const client = new ApiClient(lab.url, null);
    const heard = client.subscribe<{ ticks: { a: number; b: number } }>('subscription { ticks(count: 2) { a: contexts b: contexts } }');
    const first = await heard.next();
    const second = await heard.next();
    expect([first, second]).toEqual([{ ticks: { a: 1, b: 1 } }, { ticks: { a: 2, b: 2 } }]);
    await heard.leave();
    await client.close();
  });

  test('a field that fails is told with its event, and the stream goes on', async () => {
    const wire = await Wire.signedIn(lab, null);
    wire.ask('1', 'subscription { ticks(count: 2) { number failing } }');
    for (const number of [1, 2]) {
      expect(await wire.next()).toMatchObject({
        type: 'next',
        payload: { data: { ticks: { number, failing: null } }, errors: [{ path: ['ticks', 'failing'], extensions: { code: 'INTERNAL' } }] },
      });
    }
    await wire.close();
  });

  test('a stream that breaks ends with an error that tells nothing', async () => {
    const wire = await Wire.signedIn(lab, null);
    wire.ask('1', 'subscription { broken { number } }');
    expect(await wire.next()).toMatchObject({ type: 'next', payload: { data: { broken: { number: 1 } } } });
    expect(await wire.next()).toEqual({
      type: 'error',
      id: '1',
      payload: [
        { message: 'Something went wrong on our side', extensions: { code: 'INTERNAL', retryable: false, traceId: expect.any(String) } },
      ],
    });
    await wire.close();
  });
});

describe('a stream is let go at once', () => {
  const listening = async () => {
    const wire = await Wire.signedIn(lab, null);
    wire.ask('1', TICKS, { count: 1, padding: 0 });
    expect(await wire.next()).toMatchObject({ type: 'next' });
    return wire;
  };

  test('when its client has heard enough', async () => {
    const wire = await listening();
    wire.say({ type: 'complete', id: '1' });
    await lab.source.left;
    await wire.close();
  });

  test('when the socket is closed', async () => {
    const wire = await listening();
    await wire.close();
    await lab.source.left;
  });

  test('when the line is cut', async () => {
    const wire = await listening();
    wire.socket.terminate();
    await lab.source.left;
  });
});

test('a client that does not read holds back its stream, and no other one', async () => {
  const wire = await Wire.signedIn(lab, null);
  wire.socket.pause();
  const events = 1_000;
  wire.ask('1', TICKS, { count: events, padding: 100_000 });

  // Answered by the same node, again and again, until the slow stream does not move any more.
  const client = new ApiClient(lab.url, null);
  let before = -1;
  while (lab.source.taken !== before || before === 0) {
    before = lab.source.taken;
    for (let i = 0; i < 50; i++) await client.askBySocket('{ address }');
  }
  expect(before).toBeLessThan(events / 2);

  wire.socket.resume();
  for (let number = 1; number <= events; number++) expect(await wire.next()).toMatchObject({ payload: { data: { ticks: { number } } } });
  await client.close();
  await wire.close();
});

test('a node that stops lets its streams go, and its clients hear 1001', async () => {
  const leaving = await startLab(database, { JWT_SECRET: SECRET });
  const wire = await Wire.signedIn(leaving, null);
  wire.ask('1', TICKS, { count: 1, padding: 0 });
  await wire.next();
  const closing = leaving.app.close();
  expect(await wire.closed).toEqual({ code: 1001, reason: 'Going away' });
  await leaving.source.left;
  await closing;
});

test('a node that stops sends its clients away one after the other: the last still talk when the first have gone', async () => {
  const leaving = await startLab(database, { JWT_SECRET: SECRET });
  const wires: Wire[] = [];
  for (let count = 0; count < 60; count++) wires.push(await Wire.signedIn(leaving, null));
  const [first, last] = [wires[0]!, wires.at(-1)!];
  const closing = leaving.app.close();
  expect(await first.closed).toMatchObject({ code: 1001 });
  last.ask('1', '{ address }');
  expect(await last.next()).toMatchObject({ type: 'next', payload: { data: { address: '127.0.0.1' } } });
  for (const wire of wires) expect(await wire.closed).toMatchObject({ code: 1001 });
  await closing;
});

test('a node that stops answers what is in flight first, and takes no new sockets', async () => {
  const leaving = await startLab(database, { JWT_SECRET: SECRET });
  const wire = await Wire.signedIn(leaving, null);
  wire.ask('1', 'mutation { slow }');
  await leaving.source.begun.promise;
  const closing = leaving.app.close();
  while ((await upgrade(leaving, '/graphql')) !== 503);
  leaving.source.gate.resolve();
  expect(await wire.next()).toEqual({ type: 'next', id: '1', payload: { data: { slow: 'done' } } });
  expect(await wire.closed).toMatchObject({ code: 1001 });
  await closing;
});
