import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Bus } from '../src/live/bus/bus.js';
import type { Node } from '../src/node.js';
import { Cable } from './support/cable.js';
import { ApiClient } from './support/client.js';
import { startTestNode } from './support/node.js';
import { type Person, type Room, SECRET, World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let shared: Room;
let adasOwn: Room;

beforeAll(async () => {
  world = await World.start();
  ({ ada, ben } = await world.people('ada', 'ben'));
  shared = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
  ]);
  adasOwn = await world.room([[ada, 'CUSTOMER']]);
});

afterAll(() => world.stop());

const ADDED =
  'subscription ($roomId: ID!, $after: Int) { messageAdded(roomId: $roomId, afterSequence: $after) { content sender { displayName } } }';

const CODE = 'query ($id: ID!) { room(id: $id) { code } }';

type Ask = (client: ApiClient, query: string, variables: Record<string, unknown>) => ReturnType<ApiClient['ask']>;

describe.each<[string, Ask]>([
  ['HTTP', (client, query, variables) => client.ask(query, variables)],
  ['WebSocket', (client, query, variables) => client.askBySocket(query, variables)],
])('by %s', (_transport, ask) => {
  test('a document that names two rooms gets for each what the person may do there', async () => {
    const both =
      'mutation ($a: SendMessageInput!, $b: SendMessageInput!) { a: sendMessage(input: $a) { content } b: sendMessage(input: $b) { content } }';
    const variables = { a: { roomId: shared.id, content: 'to all' }, b: { roomId: adasOwn.id, content: 'to herself' } };
    const refused = { message: 'Not found', path: ['b'], extensions: { code: 'NOT_FOUND', retryable: false } };

    expect(await ask(world.as(ada), both, variables)).toEqual({ data: { a: { content: 'to all' }, b: { content: 'to herself' } } });
    // The mutation answers with a message or not at all, so the first one's answer is lost with the second's refusal, not its effect.
    expect(await ask(world.as(ben), both, variables)).toMatchObject({ data: null, errors: [refused] });
    const read =
      'query ($a: ID!, $b: ID!) { a: room(id: $a) { messages(last: 1) { nodes { sender { displayName } } } } b: room(id: $b) { code } }';
    expect(await ask(world.as(ben), read, { a: shared.id, b: adasOwn.id })).toMatchObject({ errors: [refused] });
    expect(await ask(world.as(ada), read, { a: shared.id, b: adasOwn.id })).toMatchObject({
      data: { a: { messages: { nodes: [{ sender: { displayName: 'ben' } }] } }, b: { code: adasOwn.code } },
    });
  });
});

/** A stream that is known to run: it starts with a message that was sent for it. */
async function listening(person: Person) {
  const first = await world.send(shared, ada, 'first');
  const heard = world.as(person).subscribe(ADDED, { roomId: shared.id, after: first.sequence - 1 });
  expect(await heard.next()).toMatchObject({ messageAdded: { content: 'first' } });
  return heard;
}

test('each event is told with what is true by then, not with what was loaded for an earlier one', async () => {
  const heard = await listening(ben);
  await world.sql('update users set display_name = $2 where id = $1', [ada.id, 'Ada Lovelace']);
  await world.send(shared, ada, 'second');
  expect(await heard.next()).toEqual({ messageAdded: { content: 'second', sender: { displayName: 'Ada Lovelace' } } });
  await heard.leave();
});

test('a room is let go of with its last listener', async () => {
  const bus = world.nodes[0]?.app.get(Bus, { strict: false });
  if (!bus) throw new Error('there is no node');
  const subscribe = bus.subscribe.bind(bus);
  const left = jest.fn();
  const gone = new Promise<void>((resolve) => left.mockImplementation(() => resolve()));
  const spy = jest.spyOn(bus, 'subscribe').mockImplementation(async (topic, listener) => {
    const unsubscribe = await subscribe(topic, listener);
    return () => {
      left();
      unsubscribe();
    };
  });
  const [one, another] = [await listening(ada), await listening(ben)];
  expect(spy).toHaveBeenCalledTimes(1);

  await one.leave();
  // The socket of the second is asked after the first has left, so that an unsubscribe on the way would be seen.
  await world.as(ada).askBySocket('{ me { id } }');
  expect(left).not.toHaveBeenCalled();
  await another.leave();
  await gone;
  expect(left).toHaveBeenCalledTimes(1);
  spy.mockRestore();
});

describe('without its database', () => {
  let cable: Cable;
  let node: Node;
  let client: ApiClient;

  beforeAll(async () => {
    cable = await Cable.to(world.database.url);
    node = await startTestNode(world.database, { JWT_SECRET: SECRET, DATABASE_URL: cable.url, LOG_LEVEL: 'silent' });
    client = new ApiClient(node.url, ada.token);
  });

  afterAll(async () => {
    await client.close();
    await node.close();
    await cable.cut();
  });

  const ask = () => client.ask(CODE, { id: shared.id });
  const askBySocket = () => client.askBySocket(CODE, { id: shared.id });
  const readiness = async () => (await fetch(`${node.url}/health/ready`)).status;

  test('a node says that it cannot, by both transports, and recovers by itself', async () => {
    expect((await askBySocket()).data).toEqual({ room: { code: shared.code } });

    await cable.cut();
    const unavailable = {
      message: 'The service cannot do this at the moment',
      locations: [{ line: 1, column: 20 }],
      path: ['room'],
      extensions: { code: 'UNAVAILABLE', retryable: true, traceId: expect.any(String) },
    };
    expect((await ask()).errors).toEqual([unavailable]);
    expect((await askBySocket()).errors).toEqual([unavailable]);
    expect(await readiness()).toBe(503);

    await cable.mend();
    expect((await ask()).data).toEqual({ room: { code: shared.code } });
    expect(await readiness()).toBe(200);
  });
});
