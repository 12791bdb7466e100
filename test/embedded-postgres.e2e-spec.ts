import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';

const folder = path.join(os.tmpdir(), `parley-embedded-${process.pid}`);
const children: ChildProcess[] = [];

/** Another process that starts the server of the folder, says where it is, and stops it when its input ends. */
async function startElsewhere(): Promise<{ url: string; child: ChildProcess }> {
  const program = `
    import { startEmbeddedPostgres } from './dist/src/database/postgres/embedded-postgres.js';
    const server = await startEmbeddedPostgres(process.argv[1]);
    console.log(server.url());
    for await (const _ of process.stdin);
    await server.stop();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  for await (const url of createInterface(child.stdout)) return { url, child };
  throw new Error('the process ended before its server had started');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  await once(child, 'exit');
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A connection hears of the end of its server, however that comes about. */
async function connectionThatEnds(url: string): Promise<{ ended: Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  client.on('error', () => undefined);
  return { ended: new Promise((resolve) => client.once('end', resolve)) };
}

beforeAll(() => fs.mkdirSync(folder));

afterAll(async () => {
  await Promise.all(children.map(stop));
  fs.rmSync(folder, { recursive: true });
});

test('of processes that start in one folder at once, one starts the server and the others adopt it', async () => {
  const [first, second] = await Promise.all([startElsewhere(), startElsewhere()]);
  expect(second.url).toBe(first.url);
  await query(first.url, 'create table kept (value int)');

  const { ended } = await connectionThatEnds(first.url);
  await Promise.all([stop(first.child), stop(second.child)]);
  await ended;
});

test('a process that is killed takes its server along, and the next one finds everything in place', async () => {
  const { url, child } = await startElsewhere();
  await query(url, 'insert into kept values (1)');
  const { ended } = await connectionThatEnds(url);
  child.kill('SIGKILL');
  await ended;

  const next = await startElsewhere();
  expect(await query(next.url, 'select value from kept')).toEqual([{ value: 1 }]);
  await stop(next.child);
});

test('a lock file that was left behind, and whose port belongs to somebody else, keeps nobody from starting', async () => {
  const running = await startElsewhere();
  const [cluster] = fs.readdirSync(folder);
  const lockFile = path.join(folder, cluster ?? '', 'data/postmaster.pid');
  const lines = fs.readFileSync(lockFile, 'utf8').split('\n');
  await stop(running.child);

  const exited = spawn('true');
  await once(exited, 'exit');
  lines.splice(0, 1, String(exited.pid));
  lines.splice(3, 1, new URL(process.env['PARLEY_TEST_SERVER'] ?? '').port);
  fs.writeFileSync(lockFile, lines.join('\n'));
  const { url } = await startElsewhere();
  expect(await query(url, 'select value from kept')).toEqual([{ value: 1 }]);
});
