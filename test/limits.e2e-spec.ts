import fs from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { EXAMPLES } from '../src/playground/playground-examples.js';
import { ApiClient, type ClientError } from './support/client.js';
import { startLab } from './support/lab.js';
import { NASTY_DOCUMENTS } from './support/nasty-documents.js';
import { Wire } from './support/wire.js';
import { SECRET, World } from './support/world.js';

/** The machine is not ours alone: of so many each the quickest are compared, of fewer where that is enough. */
const TRIES = 10;
/** Of what the largest query of an IDE costs. */
const SHARE = 0.5;
const DRIP_MS = 500;

let world: World;

/** Clients that are slow on purpose, with their headers, their body, or everything; they go on beside the other tests. */
let slow: Promise<number>[];

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '1' });
  const post = 'POST /graphql HTTP/1.1\r\nHost: parley\r\nContent-Type: application/json\r\n';
  slow = [dripped(`${post}X-Slow: `), dripped(`${post}Content-Length: 1000\r\n\r\n{`), dripped('')];
});

afterAll(() => world.stop());

/** Resolves with the seconds after which the server hung up, as beats of a timer: where the machine holds up the server, it holds up the timer, too. */
async function dripped(head: string): Promise<number> {
  const client = connect(Number(new URL(world.nodes[0]!.url).port), '127.0.0.1');
  let drips = 0;
  client.on('error', () => undefined);
  client.resume();
  client.write(head);
  const drip = setInterval(() => ++drips && client.writable && client.write('x'), DRIP_MS);
  // However it does so: `once` of node:events would take a reset for a failure.
  await new Promise((resolve) => client.once('close', resolve));
  clearInterval(drip);
  return (drips * DRIP_MS) / 1_000;
}

type Ask = (api: ApiClient, document: string) => Promise<ClientError[] | undefined>;

const byHttp: Ask = async (api, document) => (await api.ask(document)).errors;
const bySocket: Ask = async (api, document) => {
  try {
    return (await api.askBySocket(document)).errors;
  } catch (errors) {
    return errors as ClientError[];
  }
};

/** Of the processor's time, in µs, with its way there and back. */
async function costOf(asked: () => Promise<ClientError[] | undefined>): Promise<{ errors: ClientError[] | undefined; cost: number }> {
  const started = process.cpuUsage();
  const errors = await asked();
  const { user, system } = process.cpuUsage(started);
  return { errors, cost: user + system };
}

describe.each<[string, Ask]>([
  ['HTTP', byHttp],
  ['WebSocket', bySocket],
])('by %s', (_transport, ask) => {
  test.each(NASTY_DOCUMENTS)(
    '%s is refused, clearly, and costs less than half of what an IDE asks for',
    async (name, document, refusal) => {
      const api = world.as(null);
      let [refused, answered] = [Infinity, Infinity];
      for (let i = 0; i < TRIES && refused >= SHARE * answered; i++) {
        // Each time another text, which the server does not remember.
        const { errors, cost } = await costOf(() => ask(api, `${document} # ${i}`));
        expect(errors?.[0]).toMatchObject({
          message: expect.stringMatching(refusal),
          extensions: { code: 'BAD_USER_INPUT', retryable: false },
        });
        refused = Math.min(refused, cost);
        answered = Math.min(answered, (await costOf(() => ask(api, `${getIntrospectionQuery()} # ${name} ${i}`))).cost);
      }
      expect(refused).toBeLessThan(SHARE * answered);
    },
  );

  test('what front ends ask for is far from every limit', async () => {
    const message = `id sequence kind content metadata clientId createdAt editedAt deletedAt sender { id displayName } status
      replyTo { id content sender { displayName } } reactions { emoji count mine } readBy { user { id displayName } }`;
    const documents = [
      getIntrospectionQuery({ descriptions: true, schemaDescription: true, inputValueDeprecation: true, specifiedByUrl: true }),
      `{ room(id: "x") { id title participants { user { id displayName } role } messages(last: 100) { nodes { ${message} } } } }`,
      `{ rooms(first: 100) { nodes { id title viewer { role can unreadCount } lastMessage { preview sender { displayName } } participants { user { displayName } } } } }`,
      `{ rooms(first: 20) { nodes { id title messages(last: 20) { nodes { ${message} } } } } }`,
      `query ($n: Int) { changes(roomId: "x", after: 0, limit: $n) { revision events { ... on MessageAdded { message { ${message} } } ... on MessageChanged { message { ${message} } } } } }`,
      ...EXAMPLES.filter(({ initialQuery }) => !initialQuery.includes('subscription')).map(({ initialQuery }) => initialQuery),
      ...[...fs.readFileSync('README.md', 'utf8').matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, block = '']) => block),
    ];
    for (const document of documents) {
      const errors = await ask(world.as(null), document);
      for (const { message: text } of errors ?? []) expect(text).not.toMatch(/^The document|tokens/);
    }
  });
});

test('a subscription by HTTP is told where to go', async () => {
  const [error] = (await byHttp(world.as(null), 'subscription { inboxEvents { __typename } }')) ?? [];
  expect(error).toMatchObject({ message: expect.stringContaining('WebSocket'), extensions: { code: 'BAD_USER_INPUT' } });
});

describe('a person', () => {
  const SUBSCRIPTION = 'subscription ($id: ID!, $after: Int) { messageAdded(roomId: $id, afterSequence: $after) { id } }';

  test('has 10 sockets on a node: the next is closed 4429, until one of the others goes', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const node = world.nodes[0]!;
    const wires = await Promise.all(Array.from({ length: 10 }, () => Wire.signedIn(node, ada.token)));
    const refused = await Wire.open(node);
    refused.say({ type: 'connection_init', payload: { authorization: `Bearer ${ada.token}` } });
    expect(await refused.closed).toMatchObject({ code: 4429, reason: expect.stringContaining('sockets') });

    for (const token of [ben.token, null]) await (await Wire.signedIn(node, token)).close();
    await wires.pop()?.close();
    wires.push(await Wire.signedIn(node, ada.token));
    for (const wire of wires) await wire.close();
  });

  test('a system of the host has as many as it likes', async () => {
    const host = await world.person('host', 'SERVICE');
    const wires = await Promise.all(Array.from({ length: 12 }, () => Wire.signedIn(world.nodes[0]!, host.token)));
    for (const wire of wires) await wire.close();
  });

  test('has 50 subscriptions on a socket, and any number of queries beside them', async () => {
    const { ada } = await world.people('ada');
    const room = await world.room([[ada, 'CLIENT']]);
    const before = await world.send(room, ada, 'before');
    const stream = { id: room.id, after: before.sequence };
    const wire = await Wire.signedIn(world.nodes[0]!, ada.token);
    // What was let go counts no more, even where its end takes a moment.
    for (let i = 0; i < 20; i++) {
      wire.ask('s0', SUBSCRIPTION, stream);
      wire.say({ type: 'complete', id: 's0' });
    }
    for (let i = 0; i < 50; i++) wire.ask(`s${i}`, SUBSCRIPTION, stream);
    wire.ask('q', '{ me { id } }');
    expect(await wire.next()).toMatchObject({ type: 'next', id: 'q' });
    expect(await wire.next()).toMatchObject({ type: 'complete', id: 'q' });

    wire.ask('one more', SUBSCRIPTION, stream);
    expect(await wire.next()).toMatchObject({
      type: 'error',
      id: 'one more',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } }],
    });

    wire.say({ type: 'complete', id: 's7' });
    wire.ask('q', '{ me { id } }');
    await wire.next();
    await wire.next();
    wire.ask('instead', SUBSCRIPTION, stream);
    await world.send(room, ada, 'hello');
    const heard = new Set<string | undefined>();
    while (heard.size < 50) heard.add((await wire.next()).id);
    expect(heard).toContain('instead');
    expect(heard).not.toContain('s7');
    await wire.close();
  });
});

describe('a client that does not read', () => {
  const KEEP_ALIVE_MS = 10_000;
  /** So often the same, and nothing moves any more. */
  const LOOKS = 5;
  const TICKS = 'subscription { ticks(count: 1000, padding: 100000) { padding } }';
  const NOTE = 'mutation ($u: String!) { note(input: { content: "x", undecorated: $u }) }';

  test('is not heard any more, and closed within 30 s; others do not notice', async () => {
    // The server looks at its sockets when the test says so.
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setTimeout',
        'clearTimeout',
      ],
    });
    const lab = await startLab(world.database, { JWT_SECRET: SECRET });
    const healthy = new ApiClient(lab.url, null);
    const stalled = await Promise.all(Array.from({ length: 6 }, () => Wire.signedIn(lab, null)));
    for (const [at, wire] of stalled.entries()) {
      wire.socket.pause();
      if (at % 2 === 0) wire.ask('1', TICKS);
      else for (let i = 0; i < 300; i++) wire.ask(String(i), NOTE, { u: 'x'.repeat(100_000) });
    }
    const unheard = () => stalled.map(({ socket }) => socket.bufferedAmount);
    let before: number[] = [];
    for (let looks = 0; looks < LOOKS; looks++) {
      if (before.join() !== unheard().join()) looks = 0;
      before = unheard();
      for (let i = 0; i < 100; i++) await healthy.askBySocket('{ address }');
    }
    // Of 30 MB that each of them has to say, most stays with them.
    for (const [at, bytes] of before.entries()) if (at % 2 === 1) expect(bytes).toBeGreaterThan(10_000_000);

    for (let i = 0; i < 2; i++) {
      jest.advanceTimersByTime(KEEP_ALIVE_MS);
      // The healthy one has seen the ping and answered it.
      for (let j = 0; j < 10; j++) expect(await healthy.askBySocket('{ address }')).toEqual({ data: { address: '127.0.0.1' } });
    }
    for (const wire of stalled) wire.socket.resume();
    for (const wire of stalled) expect((await wire.closed).code).toBe(1006);
    expect(await healthy.askBySocket('{ address }')).toEqual({ data: { address: '127.0.0.1' } });
    await healthy.close();
    jest.useRealTimers();
    await lab.app.close();
  });
});

test('a client that is slow on purpose with its headers or its body is cut off within 15 s', async () => {
  for (const after of await Promise.all(slow)) expect(after).toBeLessThan(15);
});
