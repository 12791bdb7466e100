import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
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

@Controller()
class Library {
  /** Much more than a connection holds. */
  @Get('everything')
  everything(): string {
    return 'x'.repeat(50_000_000);
  }
}

@Module({ controllers: [Library] })
class LibraryModule {}

function asksForEverything({ url }: Node): Socket {
  const client = connect(Number(new URL(url).port), '127.0.0.1');
  client.on('error', () => undefined);
  client.pause();
  client.write('GET /everything HTTP/1.1\r\nHost: parley\r\n\r\n');
  return client;
}

test('a client that does not read its answer is let go, and keeps no node from stopping', async () => {
  const other = await startTestNode(database, {}, [LibraryModule]);
  const server: Server = other.app.getHttpServer();
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  // It would hear of its own end only when it reads.
  const clients = [asksForEverything(other)];
  while ((await connections()) === 0) await sleep(20);
  while ((await connections()) > 0) await sleep(20);

  clients.push(asksForEverything(other));
  while ((await connections()) === 0) await sleep(20);
  await other.close();
  for (const client of clients) client.destroy();
});
