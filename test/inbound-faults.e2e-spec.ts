import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Node } from '../src/node.js';
import { aSender, KEPT, type Kept, keptOf, type Sender, tell, untilMerged } from './support/inbound.js';
import { LONG } from './support/inbound-stories.js';
import { DETAILS } from './support/orders.js';
import { killAll, type Run, run } from './support/process.js';
import { type Person, SECRET, World } from './support/world.js';

const SETTINGS = { SECRETS_KEY: Buffer.alloc(32, 3).toString('base64') };

let world: World;
let boss: Person, ana: Person;
let shop: Sender;

beforeAll(async () => {
  world = await World.start({ ...SETTINGS, LOG_LEVEL: 'silent' });
  boss = await world.person('boss', 'ADMIN');
  ana = await world.person('ana');
  shop = await aSender(world, boss);
});

afterAll(async () => {
  killAll();
  await world.stop();
});

const place = (externalRef: string) => ({ type: 'order.place', data: { externalRef, customer: { id: ana.id }, ...DETAILS } });
const step = (type: string, externalRef: string) => ({ type, data: { externalRef } });
const placed = async () => {
  const externalRef = randomUUID();
  await tell(world, shop, place(externalRef));
  await untilMerged(world);
  return externalRef;
};
const stepsOf = (externalRefs: string[]) =>
  world.sql<{ event: string; count: number }>(
    `select t.event, count(*)::int as count from orders o join transitions t on t.aggregate_id = o.id where o.external_ref = any($1)
     group by t.event order by min(t.id::text)`,
    [externalRefs],
  );
const lastOf = async (): Promise<Kept> => (await keptOf(world, boss, shop)).at(-1)!;
const until = async (isSo: () => Promise<boolean>) => {
  while (!(await isSo())) await setTimeout(10);
};
const rows = (text: string, values: unknown[]) => async () => (await world.sql(text, values)).length > 0;

/** Locks what the statement finds, until it is told to let go. */
async function hold(text: string, values: unknown[]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: world.database.url });
  await client.connect();
  await client.query('begin');
  await client.query(text, values);
  return async () => {
    await client.query('rollback');
    await client.end();
  };
}

const WORKED_ON = `select 1 from graphile_worker.jobs where key = $1 and locked_at is not null`;
const ROOM_OF = 'select r.id from rooms r join orders o on o.room_id = r.id where o.external_ref = $1 for update of r';

/** The only node of the world from now on is a process of its own. */
async function inAProcess(): Promise<Run> {
  const settings = { ...SETTINGS, DATABASE_URL: world.database.url, PORT: '0', JWT_SECRET: SECRET, RATE_LIMIT_FACTOR: '0' };
  const started = run({ ...settings, LOG_LEVEL: 'info', NODE_ENV: 'test' });
  const url = await started.prints(/listening at (http:[^"]+)/);
  world.nodes.splice(0, 1, { url, close: () => Promise.resolve() } as Node);
  return started;
}

async function kill({ child }: Run): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test(
  'what goes wrong on our side is tried again, is FAILED in the end for everybody to see, and is replayed',
  async () => {
    const externalRef = await placed();
    await world.sql(
      `create function out_of_order() returns trigger language plpgsql as $$ begin raise exception 'the disk is odd'; end $$`,
    );
    await world.sql(
      `create trigger out_of_order before insert on transitions for each row when (new.event = 'accept') execute function out_of_order()`,
    );
    await tell(world, shop, step('order.accept', externalRef));
    await until(rows(`select 1 from inbound_events where object_ref = $1 and error_code = 'INTERNAL'`, [externalRef]));
    expect(await lastOf()).toMatchObject({ status: 'RECEIVED', errorCode: 'INTERNAL', attempts: 1 });
    // Six more attempts would take the queue half an hour.
    await world.sql('update inbound_events set attempts = 7 where object_ref = $1 and attempts = 1', [externalRef]);
    await until(rows(`select 1 from inbound_events where object_ref = $1 and status = 'FAILED'`, [externalRef]));
    const failed = await lastOf();
    expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'INTERNAL', attempts: 8 });
    expect(failed.error).not.toContain('odd');
    expect(await stepsOf([externalRef])).toEqual([{ event: 'place', count: 1 }]);

    await world.sql('drop trigger out_of_order on transitions');
    expect(await world.do(boss, 'replayInboundEvent', { inboundEventId: failed.id }, KEPT)).toMatchObject({ status: 'PROCESSED' });
    expect(await stepsOf([externalRef])).toEqual([
      { event: 'place', count: 1 },
      { event: 'accept', count: 1 },
    ]);
  },
  LONG,
);

test('what was stale stays so when it is replayed, and what was wrong is merged once it is right', async () => {
  const externalRef = await placed();
  await tell(world, shop, step('order.accept', externalRef));
  await tell(world, shop, place(externalRef));
  await untilMerged(world);
  const stale = await lastOf();
  expect(stale).toMatchObject({ status: 'STALE', type: 'order.place' });
  const replay = ({ id }: Kept) => world.do(boss, 'replayInboundEvent', { inboundEventId: id }, KEPT);
  expect(await replay(stale)).toMatchObject({ status: 'STALE' });

  const [late, unknown] = [randomUUID(), `late-${randomUUID()}`];
  await tell(world, shop, { type: 'order.place', data: { ...place(late).data, customer: { externalId: unknown } } });
  await untilMerged(world);
  const wrong = await lastOf();
  expect(wrong).toMatchObject({ status: 'QUARANTINED', errorCode: 'BAD_USER_INPUT', isWaiting: false });
  expect(await replay(wrong)).toMatchObject({ status: 'QUARANTINED' });
  await world.sql('update users set external_id = $2 where id = $1', [(await world.person('late')).id, unknown]);
  expect(await replay(wrong)).toMatchObject({ status: 'PROCESSED' });
  expect(await stepsOf([externalRef, late])).toEqual([
    { event: 'place', count: 2 },
    { event: 'accept', count: 1 },
  ]);
});

test(
  'a node that is killed before the commit, after it, and anywhere between merges each event once',
  async () => {
    const [before, after] = [await placed(), await placed()];
    const many = Array.from({ length: 20 }, () => randomUUID());
    await world.nodes[0]!.close();

    // It stands before the room, with its transaction open.
    let node = await inAProcess();
    let letGo = await hold(ROOM_OF, [before]);
    await tell(world, shop, step('order.accept', before));
    await until(rows(WORKED_ON, [`inbound.merge:order:${before}`]));
    await kill(node);
    await letGo();
    expect(await stepsOf([before])).toEqual([{ event: 'place', count: 1 }]);

    // It has merged the event, and cannot say that the job is done.
    node = await inAProcess();
    letGo = await hold(ROOM_OF, [after]);
    await tell(world, shop, step('order.accept', after));
    await until(rows(WORKED_ON, [`inbound.merge:order:${after}`]));
    const keepJob = await hold('select id from graphile_worker._private_jobs where key = $1 for update', [`inbound.merge:order:${after}`]);
    await letGo();
    await until(rows(`select 1 from inbound_events where object_ref = $1 and type = 'order.accept' and status = 'PROCESSED'`, [after]));
    await kill(node);
    await keepJob();

    // It is in the middle of many.
    node = await inAProcess();
    const events = many.flatMap((ref) => [place(ref), ...['accept', 'start', 'ready'].map((event) => step(`order.${event}`, ref))]);
    for (const told of events) expect(await tell(world, shop, told)).toBe(202);
    await until(rows(`select 1 from inbound_events where object_ref = any($1) and status = 'PROCESSED'`, [many]));
    await kill(node);

    await inAProcess();
    await untilMerged(world);
    const once = (event: string, count: number) => ({ event, count });
    expect(await stepsOf([before])).toEqual([once('place', 1), once('accept', 1)]);
    expect(await stepsOf([after])).toEqual([once('place', 1), once('accept', 1)]);
    expect(await stepsOf(many)).toEqual([once('place', 20), once('accept', 20), once('start', 20), once('ready', 20)]);
    const kept = await world.sql(`select status, count(*)::int as count from inbound_events where object_ref = any($1) group by status`, [
      [...many, before, after],
    ]);
    expect(kept).toEqual([{ status: 'PROCESSED', count: 84 }]);
  },
  LONG,
);
