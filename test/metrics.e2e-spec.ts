import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { register } from 'prom-client';
import { UnreadCheck } from '../src/inbox/unread-check.service.js';
import { World } from './support/world.js';

const TOKEN = 'a token for Prometheus';

let world: World;

beforeAll(async () => {
  // Test files that ran before in this process were counted, too.
  register.resetMetrics();
  world = await World.start({ METRICS_TOKEN: TOKEN, LOG_LEVEL: 'silent' });
});

afterAll(() => world.stop());

const ask = (authorization?: string) => fetch(`${world.nodes[0]?.url}/metrics`, { headers: authorization ? { authorization } : {} });

/** The value of a series, by its name and labels as Prometheus writes them. */
async function valueOf(series: string): Promise<number> {
  const text = await (await ask(`Bearer ${TOKEN}`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? NaN : Number(line.slice(series.length + 1));
}

test('only who has the token may look', async () => {
  expect((await ask()).status).toBe(403);
  expect((await ask('Bearer something else')).status).toBe(403);
  const answer = await ask(`Bearer ${TOKEN}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/plain');
});

test('messages, operations, streams, sockets and deliveries are counted', async () => {
  const { ada, ben } = await world.people('ada', 'ben');
  const room = await world.room([
    [ada, 'CLIENT'],
    [ben, 'CLIENT'],
  ]);
  const before = await valueOf('parley_messages_total{kind="TEXT"}');
  const client = world.as(ben);
  const heard = client.subscribe('subscription ($id: ID!) { messageAdded(roomId: $id) { content } }', { id: room.id });
  const next = heard.next();
  while ((await valueOf('parley_streams')) < 1 || (await valueOf('parley_active_rooms')) < 1) await new Promise(setImmediate);
  await world.send(room, ada, 'counted');
  expect(await next).toEqual({ messageAdded: { content: 'counted' } });
  expect(await valueOf('parley_messages_total{kind="TEXT"}')).toBe((before || 0) + 1);
  expect(await valueOf('parley_operation_seconds_count{field="sendMessage",transport="http",outcome="ok"}')).toBeGreaterThanOrEqual(1);
  expect(await valueOf('parley_sockets')).toBe(1);
  expect(await valueOf('parley_events_delivered_total')).toBeGreaterThanOrEqual(1);
  expect(await valueOf('parley_delivery_seconds_count')).toBeGreaterThanOrEqual(1);
  expect(await valueOf('parley_writer_batch_size_count')).toBeGreaterThanOrEqual(1);
  expect(await valueOf('parley_pool_connections{state="busy"}')).toBeGreaterThanOrEqual(0);
  expect(await valueOf('parley_bus_healthy')).toBe(1);

  await client.askBySocket('query ($id: ID!) { room(id: $id) { id } }', { id: 'nonsense' });
  expect(await valueOf('parley_operation_seconds_count{field="room",transport="ws",outcome="NOT_FOUND"}')).toBe(1);
  await heard.leave();
  await client.close();
  while ((await valueOf('parley_streams')) > 0 || (await valueOf('parley_sockets')) > 0) await new Promise(setImmediate);
  expect(await valueOf('parley_active_rooms')).toBe(0);
});

test('unread counts are compared with the log, and a wrong one is seen', async () => {
  const { ada, ben } = await world.people('ada', 'ben');
  const room = await world.room([
    [ada, 'CLIENT'],
    [ben, 'CLIENT'],
  ]);
  await world.send(room, ada, 'unread');
  const check = world.nodes[0]!.app.get(UnreadCheck, { strict: false });
  const before = await valueOf('parley_unread_checked_total');
  await check.check();
  expect(await valueOf('parley_unread_checked_total')).toBeGreaterThanOrEqual(before + 2);
  expect(await valueOf('parley_unread_drift')).toBe(0);
  // Whose head says that there is nothing later than what Ben has read.
  const read = 'update participants set last_read_sequence = 1, last_delivered_sequence = 1 where room_id = $1 and user_id = $2';
  await world.sql(read, [room.id, ben.id]);
  await world.sql('update rooms set last_sequence = 1 where id = $1', [room.id]);
  await check.check();
  expect(await valueOf('parley_unread_drift')).toBe(1);
  await world.sql('update rooms set last_sequence = 2 where id = $1', [room.id]);
  await check.check();
  expect(await valueOf('parley_unread_drift')).toBe(0);
});

test('what is alerted on when it first happens is there before', async () => {
  for (const why of ['failures', 'gone']) expect(await valueOf(`parley_webhook_endpoints_stopped_total{why="${why}"}`)).toBe(0);
});

test('the dashboard and the alerts ask for series that exist', async () => {
  const text = await (await ask(`Bearer ${TOKEN}`)).text();
  const known = new Set(text.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
  for (const file of fs.readdirSync('ops')) {
    const named = fs.readFileSync(`ops/${file}`, 'utf8').match(/\bparley_[a-z_]+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(known).toContain(name.replace(/_(bucket|count|sum)$/, ''));
  }
});
