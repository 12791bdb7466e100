import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Node } from '../src/node.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { startTestNode } from './support/node.js';

let database: TestDatabase;
let node: Node;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startTestNode(database);
});

afterAll(async () => {
  await node.close();
  await database.drop();
});

test('a node that listens is alive and ready', async () => {
  for (const page of ['live', 'ready']) {
    const response = await fetch(`${node.url}/health/${page}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  }
});

test('a body of more than 128 KiB is refused', async () => {
  const post = (size: number) =>
    fetch(`${node.url}/health/live`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `"${'x'.repeat(size - 2)}"`,
    });
  expect((await post(128 * 1024)).status).toBe(404);
  expect((await post(128 * 1024 + 1)).status).toBe(413);
});

test('a client that never finishes its headers is cut off', async () => {
  const client = connect(Number(new URL(node.url).port), '127.0.0.1');
  client.write('GET /health/live HTTP/1.1\r\nHost: parley\r\n');
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(String(answer)).toContain('408 Request Timeout');
});
