import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Wire } from './support/wire.js';
import { type Person, type Room, World } from './support/world.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

interface Export {
  resourceSpans: { resource: Pick<Span, 'attributes'>; scopeSpans: { spans: Span[] }[] }[];
}

const THEIRS = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${THEIRS.traceId}-${THEIRS.spanId}-01`;

const exports: Export[] = [];
const collector = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += String(chunk)));
  request.on('end', () => {
    exports.push(JSON.parse(body) as Export);
    response.setHeader('content-type', 'application/json').end('{}');
  });
});

let world: World;
let ada: Person;
let room: Room;

beforeAll(async () => {
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const { port } = collector.address() as AddressInfo;
  world = await World.start({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_SERVICE_NAME: 'parley-under-test',
    LOG_LEVEL: 'silent',
  });
  ada = await world.person('ada');
  room = await world.room([[ada, 'SUPPORT_STAFF']]);
});

afterAll(async () => {
  collector.closeAllConnections();
  collector.close();
  await world.stop();
});

async function ask(
  query: string,
  variables: Record<string, unknown> = {},
): Promise<{ errors?: { extensions: Record<string, unknown> }[] }> {
  const response = await fetch(`${world.nodes[0]!.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.token}`, traceparent },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as { errors?: { extensions: Record<string, unknown> }[] };
}

const attributesOf = ({ attributes }: Pick<Span, 'attributes'>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

test('operations by both transports, what they append and what they commit are parts of the trace that the caller names', async () => {
  await ask('mutation Say($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
    input: { roomId: room.id, content: 'hello' },
  });
  await ask('{ room(id: "nonsense") { id } }');
  const wire = await Wire.signedIn(world.nodes[0]!, ada.token);
  const query = 'mutation Rename($input: UpdateRoomInput!) { updateRoom(input: $input) { id } }';
  const payload = { query, variables: { input: { roomId: room.id, title: 'Renamed' } }, extensions: { traceparent } };
  wire.say({ type: 'subscribe', id: '1', payload });
  await wire.next();
  wire.say({ type: 'subscribe', id: '2', payload: { query: `subscription Hear { messageAdded(roomId: "${room.id}") { id } }` } });
  wire.say({ type: 'complete', id: '2' });
  await world.sql('alter table reactions rename to elsewhere');
  const { errors } = await ask('query Broken($room: ID!) { room(id: $room) { messages(last: 5) { nodes { reactions { count } } } } }', {
    room: room.id,
  });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL', traceId: THEIRS.traceId });
  await wire.close();
  // A node that stops sends what it still has.
  await world.nodes[0]!.close();
  world.nodes.length = 0;

  const [first] = exports;
  expect(attributesOf(first!.resourceSpans[0]!.resource)).toMatchObject({ 'service.name': 'parley-under-test' });
  const spans = exports.flatMap((one) => one.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
  const named = (name: string) => spans.find((span) => span.name === name)!;
  const say = named('mutation Say');
  expect(say).toMatchObject({ traceId: THEIRS.traceId, parentSpanId: THEIRS.spanId });
  expect(attributesOf(named('query room'))).toMatchObject({ 'error.type': 'NOT_FOUND' });
  expect(attributesOf(named('query Broken'))).toMatchObject({ 'error.type': 'INTERNAL', 'graphql.operation.type': 'query' });
  const append = named('append');
  expect(append).toMatchObject({ traceId: THEIRS.traceId, parentSpanId: say.spanId });
  expect(attributesOf(append)).toMatchObject({ 'parley.batch_size': 1 });
  const rename = named('mutation Rename');
  expect(rename).toMatchObject({ traceId: THEIRS.traceId, parentSpanId: THEIRS.spanId });
  const commit = spans.find(({ name, parentSpanId }) => name === 'commit' && parentSpanId === rename.spanId)!;
  expect(attributesOf(commit)).toMatchObject({ 'parley.entries': 1 });
  expect(named('subscription Hear').parentSpanId ?? '').toBe('');
});
