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
