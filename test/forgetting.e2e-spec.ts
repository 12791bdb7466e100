import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { anEndpoint } from './support/hooks.js';
import { World } from './support/world.js';

/** More than goes in one statement. */
const MANY = 5_500;

let world: World;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true' });
});

afterAll(() => world.stop());

/** Its time has come, and then it has been done: another job of the name stands there. */
async function runs(key: string): Promise<void> {
  const id = async () => (await world.sql<{ id: string }>('select id from graphile_worker.jobs where key = $1', [key]))[0]?.id;
  const before = await id();
  await world.sql('update graphile_worker._private_jobs set run_at = now() where key = $1', [key]);
  for (let after = before; after === undefined || after === before; after = await id()) await setTimeout(10);
}

const leftIn = (table: string) =>
  world.sql(
    `select status, count(*)::int as n, bool_or(created_at < now() - interval '1 day') as is_old from ${table} group by status order by status`,
  );

test('all of the log of webhooks that is over and older than 30 days goes, however much it is, and what waits stays', async () => {
  const { id } = await anEndpoint(world, await world.person('Host', 'SERVICE'), { url: 'http://127.0.0.1:9/' });
  await world.act(await world.person('Ann', 'ADMIN'), 'pauseWebhookEndpoint', { endpointId: id });
  await world.sql(
    `insert into webhook_deliveries (id, webhook_id, endpoint_id, type, attempt, status, created_at, updated_at)
     select ('0190000' || to_char(n, 'fm0') || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'evt_' || n || '_' || i, $1, 'endpoint.test', 1, status, at, at
     from (values (1, 'DELIVERED', now() - interval '31 days'), (2, 'DEAD', now() - interval '31 days'), (3, 'DELIVERED', now()),
       (4, 'RETRYING', now() - interval '31 days')) as kind(n, status, at), generate_series(1, case when n < 3 then $2 else 1 end) i`,
    [id, MANY],
  );
  await runs('webhooks.forget');
  expect(await leftIn('webhook_deliveries')).toEqual([
    { status: 'DELIVERED', n: 1, is_old: false },
    { status: 'RETRYING', n: 1, is_old: true },
  ]);
});
