import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { killAll, run, terminate } from './support/process.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  killAll();
  await database.drop();
});

test('wrong settings are listed together, and the process exits 78', async () => {
  const { child, output } = run({ PORT: 'eighty', DATABASE_POOL: '0' });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(78);
  expect(output()).toContain('PORT: ');
  expect(output()).toContain('DATABASE_POOL: ');
});

test('a port that is taken is named', async () => {
  const first = run({ DATABASE_URL: database.url, PORT: '0' });
  const port = await first.prints(/API +http:\/\/127\.0\.0\.1:(\d+)\/graphql/);
  const second = run({ DATABASE_URL: database.url, PORT: port });
  const [code] = (await once(second.child, 'exit')) as [number];
  expect(code).toBe(1);
  expect(second.output()).toContain(`Port ${port} is taken`);
});

test('the log has a line of JSON per request, and none of what it carried', async () => {
  const node = run({ DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'info', NODE_ENV: 'test' });
  const url = await node.prints(/listening at (http:[^"]+)/);
  await fetch(`${url}/nothing?query=sweet-nothings`, {
    method: 'POST',
    headers: { authorization: 'Bearer sweet-nothings', cookie: 'sweet-nothings', 'content-type': 'application/json' },
    body: '{"content":"sweet-nothings"}',
  });
  const line = await node.prints(/(\{.*"path":"\/nothing".*\})/);
  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    method: 'POST',
    path: '/nothing',
    traceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  await terminate(node);
  expect(node.output()).not.toContain('sweet-nothings');
});

test('on SIGTERM, even twice, what is in flight is finished and answered, and nothing new is accepted', async () => {
  const { child, prints, output } = run({ DATABASE_URL: database.url, PORT: '0', NODE_ENV: 'development' });
  const port = Number(await prints(/API +http:\/\/127\.0\.0\.1:(\d+)\/graphql/));

  // A request whose last bytes come after the signal.
  const slow = connect(port, '127.0.0.1');
  slow.write('POST /health/live HTTP/1.1\r\nHost: parley\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{');
  const idle = connect(port, '127.0.0.1');
  await Promise.all([once(slow, 'connect'), once(idle, 'connect')]);
  idle.write('GET /health/ready HTTP/1.1\r\nHost: parley\r\n\r\n');
  expect(String(((await once(idle, 'data')) as [Buffer])[0])).toContain('200 OK');

  const idleEnded = once(idle, 'close');
  child.kill('SIGTERM');
  child.kill('SIGTERM');
  await idleEnded;
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();

  const answer = once(slow, 'data') as Promise<[Buffer]>;
  slow.write('}');
  expect(String((await answer)[0])).toContain('404 Not Found');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(output()).not.toMatch(/warn|error/i);
});
