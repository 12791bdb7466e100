import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aSender, KEPT, type Kept, keptOf, post, type Sender, signed, signedByStripe, tell, untilMerged } from './support/inbound.js';
import { DETAILS } from './support/orders.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person, ana: Person;
let shop: Sender;

beforeAll(async () => {
  world = await World.start();
  boss = await world.person('boss', 'ADMIN');
  ana = await world.person('ana');
  shop = await aSender(world, boss);
});

afterAll(() => world.stop());

const place = (externalRef: string, more: object = {}) => ({
  type: 'order.place',
  data: { externalRef, customer: { id: ana.id }, ...DETAILS, ...more },
});
const step = (type: string, externalRef: string, more: object = {}) => ({ type, data: { externalRef, ...more } });
const orderOf = async (externalRef: string) =>
  (await world.sql<{ id: string; status: string }>('select id, status from orders where external_ref = $1', [externalRef]))[0];
const lastOf = async (sender: Sender): Promise<Kept> => (await keptOf(world, boss, sender)).at(-1)!;
const placed = async (more: object = {}) => {
  const externalRef = randomUUID();
  await tell(world, shop, place(externalRef, more));
  await untilMerged(world);
  return externalRef;
};

const DUE = `update graphile_worker._private_jobs set run_at = now() where key = 'inbound.forget'`;

/** The time has come to forget, and then it has been done. */
async function forgetsBy(now: Date): Promise<void> {
  await world.setTime(now);
  const id = async () => (await world.sql<{ id: string }>(`select id from graphile_worker.jobs where key = 'inbound.forget'`))[0]?.id;
  const before = await id();
  await world.sql(DUE);
  for (let after = before; after === undefined || after === before; after = await id()) await setTimeout(10);
}

describe('who may send what', () => {
  test('a new secret and the earlier one are both good for a while, then the new one alone', async () => {
    const sender = await aSender(world, boss);
    const rotate = async (overlapHours: number) =>
      (await world.do<{ secret: string }>(boss, 'rotateIntegrationSecret', { integrationId: sender.id, overlapHours }, 'secret')).secret;
    const send = (secret: string) => tell(world, { ...sender, secret }, place(randomUUID()));
    const second = await rotate(24);
    expect([await send(sender.secret), await send(second)]).toEqual([202, 202]);
    const third = await rotate(0);
    expect([await send(sender.secret), await send(second), await send(third)]).toEqual([401, 401, 202]);
  });

  test('the scheme of Stripe carries the id in the body', async () => {
    const sender = await aSender(world, boss, { scheme: 'STRIPE' });
    const externalRef = randomUUID();
    const body = JSON.stringify({ id: 'evt_1', created: Math.floor(Date.now() / 1000), ...place(externalRef) });
    const send = () => post(world, sender, signedByStripe(sender.secret, body), body);
    expect([(await send()).status, (await send()).status]).toEqual([202, 200]);
    expect((await post(world, sender, signed(sender.secret, 'x', body), body)).status).toBe(401);
    await untilMerged(world);
    expect(await orderOf(externalRef)).toMatchObject({ status: 'PLACED' });
  });

  test('an inactive one, or one from elsewhere, is nobody', async () => {
    const sender = await aSender(world, boss, { allowedAddresses: ['192.0.2.0/24'] });
    expect(await tell(world, sender, place(randomUUID()))).toBe(401);
    await world.act(boss, 'updateIntegration', { integrationId: sender.id, allowedAddresses: ['127.0.0.0/8', '::1/128'] });
    expect(await tell(world, sender, place(randomUUID()))).toBe(202);
    await world.act(boss, 'updateIntegration', { integrationId: sender.id, isActive: false });
    expect(await tell(world, sender, place(randomUUID()))).toBe(401);
  });

  test('what is out of scope is kept for somebody to look at, and merged if they say so', async () => {
    const sender = await aSender(world, boss, { kind: 'DELIVERIES' });
    const externalRef = randomUUID();
    expect(await tell(world, sender, place(externalRef))).toBe(202);
    const kept = await lastOf(sender);
    expect(kept).toMatchObject({ status: 'QUARANTINED', errorCode: 'FORBIDDEN', isWaiting: false });
    expect(await orderOf(externalRef)).toBeUndefined();
    const again = () => world.do(boss, 'replayInboundEvent', { inboundEventId: kept.id }, `${KEPT} raw`);
    expect(await again()).toMatchObject({ status: 'PROCESSED', raw: expect.stringContaining(externalRef) });
    expect(await orderOf(externalRef)).toMatchObject({ status: 'PLACED' });
    await expect(again()).rejects.toThrow();
  });

  test.each([
    ['no JSON', '{', ''],
    ['an unknown type', { type: 'order.fly', data: { externalRef: 'x' } }, 'type'],
    ['nothing that it is about', { type: 'order.accept', data: {} }, 'data.externalRef'],
    ['an order without items', { type: 'order.place', data: { externalRef: 'x', customer: { externalId: 'y' } } }, 'data.items'],
  ])('%s is refused with its place', async (_what, told, field) => {
    const body = typeof told === 'string' ? told : JSON.stringify({ timestamp: new Date().toISOString(), ...told });
    const { status, answer } = await post(world, shop, signed(shop.secret, randomUUID(), body), body);
    expect({ status, answer }).toMatchObject({ status: 400, answer: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field } }] } });
  });

  test('a body of more than 256 KiB is too large, one of less is not', async () => {
    const send = (size: number) => {
      const body = 'x'.repeat(size);
      return post(world, shop, signed(shop.secret, 'big', body), body);
    };
    expect((await send(256 * 1024 + 1)).status).toBe(413);
    expect((await send(256 * 1024)).status).toBe(400);
  });
});

describe('what does not fit', () => {
  test('waits for what comes before it, and is merged by itself', async () => {
    const externalRef = randomUUID();
    await tell(world, shop, step('order.accept', externalRef));
    await untilMerged(world);
    expect(await lastOf(shop)).toMatchObject({ status: 'QUARANTINED', errorCode: 'NOT_FOUND', isWaiting: true });
    await tell(world, shop, place(externalRef, { occurredAt: new Date(Date.now() - 60_000).toISOString() }));
    await untilMerged(world);
    expect(await orderOf(externalRef)).toMatchObject({ status: 'CONFIRMED' });
  });

  test('and never will is quarantined with its code', async () => {
    const externalRef = await placed();
    await tell(world, shop, step('order.cancel', externalRef));
    await untilMerged(world);
    await tell(world, shop, step('order.complete', externalRef));
    await untilMerged(world);
    expect(await lastOf(shop)).toMatchObject({ status: 'QUARANTINED', errorCode: 'ILLEGAL_TRANSITION', isWaiting: false });
    expect(await orderOf(externalRef)).toMatchObject({ status: 'CANCELED' });
  });

  test('is answered at once also while somebody holds the room', async () => {
    const externalRef = await placed();
    const hold = world.sql(
      `with held as (select r.id from rooms r join orders o on o.room_id = r.id where o.external_ref = $1 for update of r)
       select pg_sleep(1.5) from held`,
      [externalRef],
    );
    let isHeld = true;
    void hold.then(() => (isHeld = false));
    expect(await tell(world, shop, step('order.accept', externalRef))).toBe(202);
    expect(isHeld).toBe(true);
    await hold;
    await untilMerged(world);
    expect(await orderOf(externalRef)).toMatchObject({ status: 'CONFIRMED' });
  });
});

test('what only the host moves a person asks for, and the event of the host does it', async () => {
  const externalRef = await placed({ authority: 'HOST' });
  const { id } = (await orderOf(externalRef))!;
  const asked = await world.do(ana, 'updateOrderStatus', { orderId: id, event: 'cancel' }, 'status pendingRequests { event status }');
  expect(asked).toEqual({ status: 'PLACED', pendingRequests: [{ event: 'cancel', status: 'PENDING' }] });
  await tell(world, shop, step('order.cancel', externalRef));
  await untilMerged(world);
  expect(await orderOf(externalRef)).toMatchObject({ status: 'CANCELED' });
  expect(await world.sql('select status from step_requests where aggregate_id = $1', [id])).toEqual([{ status: 'CARRIED_OUT' }]);
});

test('what was merged is forgotten after 30 days, and what nobody has looked at is not', async () => {
  const [merged, open] = [await placed(), randomUUID()];
  await tell(world, shop, step('order.accept', open));
  await untilMerged(world);
  const left = async () => {
    const rows = await world.sql<{ ref: string }>('select object_ref as ref from inbound_events where object_ref = any($1)', [
      [merged, open],
    ]);
    return rows.map(({ ref }) => ref).sort();
  };
  const day = 24 * 60 * 60_000;
  await forgetsBy(new Date(Date.now() + 29 * day));
  expect(await left()).toEqual([merged, open].sort());
  await forgetsBy(new Date(Date.now() + 31 * day));
  expect(await left()).toEqual([open]);
  await world.setTime(new Date());
});

test('forgetting begins a minute after the start, and comes again every hour', async () => {
  const fresh = await World.start();
  const planned = () =>
    fresh.sql<{ is_soon: boolean; is_hourly: boolean }>(
      `select run_at between created_at and created_at + interval '1 minute' as is_soon,
         run_at between created_at + interval '59 minutes' and created_at + interval '1 hour' as is_hourly
       from graphile_worker.jobs where task_identifier = 'inbound.forget'`,
    );
  expect(await planned()).toEqual([{ is_soon: true, is_hourly: false }]);
  await fresh.sql(DUE);
  for (;;) {
    const plans = await planned();
    if (plans.length === 1 && plans[0]!.is_hourly) break;
    await setTimeout(10);
  }
  await fresh.stop();
});

test('a flood is stopped for its sender, and for nobody else', async () => {
  const narrow = await World.start({ RATE_LIMIT_FACTOR: '0.01' });
  const admin = await narrow.person('host', 'SERVICE');
  const [one, other] = [await aSender(narrow, admin), await aSender(narrow, admin)];
  const told = step('order.accept', 'x');
  const answers = [];
  for (let i = 0; i < 11; i++) answers.push(await tell(narrow, one, told));
  expect(answers).toEqual([...Array.from({ length: 10 }, () => 202), 429]);
  expect(await tell(narrow, other, told)).toBe(202);
  await narrow.stop();
});
