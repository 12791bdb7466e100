import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { STOPS } from './support/orders.js';
import { type Order, shopOf } from './support/shop.js';
import { type Person, World } from './support/world.js';

let world: World;
let ana: Person, pia: Person, rob: Person, ria: Person, pat: Person, host: Person;
let order: Order;

beforeAll(async () => {
  world = await World.start();
  ({ ana, pia, rob, ria, pat } = await world.people('ana', 'pia', 'rob', 'ria', 'pat'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

const { place, orderAs, assign } = shopOf(() => ({ world, ana, pia, rob, host }));

beforeEach(async () => {
  order = await place({ authority: 'HOST', staffIds: [pia.id, pat.id] });
});

interface Asked {
  id: string;
  event: string;
  payload: object;
  actor: { id: string };
}

const pendingOf = async (one: { id: string }, kind = 'order') => {
  const document = `query ($id: ID!) { ${kind}(id: $id) { pendingRequests { id event payload actor { id } } } }`;
  return (await world.as(host).get<Record<string, { pendingRequests: Asked[] }>>(document, { id: one.id }))[kind]!.pendingRequests;
};
const cancel = (who: Person, more: object = {}) => world.refusal(who, 'updateOrderStatus', { orderId: order.id, event: 'cancel', ...more });
const notices = (event: string) =>
  world.sql<{ content: string; metadata: Record<string, unknown> }>(
    `select content, metadata from messages where room_id = $1 and metadata->>'event' = $2 order by sequence`,
    [order.room.id, event],
  );
const statuses = async () =>
  (await world.sql<{ status: string }>('select status from step_requests where room_id = $1 order by id', [order.room.id])).map(
    ({ status }) => status,
  );
const planAsHost = () =>
  world.do<{ id: string; status: string; version: number }>(host, 'createDelivery', { orderId: order.id, ...STOPS }, 'id');

test('what another person asks for, or the same person with other content, is a request of its own', async () => {
  const delivery = await planAsHost();
  for (const [who, rider] of [
    [pia, rob],
    [pia, ria],
    [pat, rob],
    [pat, rob],
  ] as const)
    await assign(delivery, rider, who);
  const asked = (await pendingOf(delivery, 'delivery')).map(({ actor, payload }) => [actor.id, payload]);
  expect(asked).toEqual([
    [pia.id, { riderId: rob.id }],
    [pia.id, { riderId: ria.id }],
    [pat.id, { riderId: rob.id }],
  ]);
  expect(await notices('transition.requested')).toHaveLength(3);
});

test('a step of the host carries out those who asked for it, and leaves those who asked for another one', async () => {
  const delivery = await planAsHost();
  await assign(delivery, rob, pia);
  await assign(delivery, ria, pia);
  await assign(delivery, rob, pat);
  await assign(delivery, rob, host);
  expect(await statuses()).toEqual(['CARRIED_OUT', 'PENDING', 'CARRIED_OUT']);
});

test('a repeated call is the same request, also after the host has carried it out, and other content under its key is none', async () => {
  const keyed = { idempotencyKey: 'once', reason: 'too late' };
  expect([await cancel(ana, keyed), await cancel(ana, keyed)]).toEqual(['OK', 'OK']);
  expect(await cancel(ana, { ...keyed, reason: 'changed my mind' })).toBe('IDEMPOTENCY_CONFLICT');
  expect(await cancel(host, { reason: 'asked for' })).toBe('OK');
  expect([await cancel(ana, keyed), await cancel(ana)]).toEqual(['OK', 'ILLEGAL_TRANSITION']);
  expect([await statuses(), (await notices('transition.requested')).length]).toEqual([['CARRIED_OUT'], 1]);
});

test('the host declines once, says so to the room, and may be asked again', async () => {
  await cancel(ana);
  const [asked] = await pendingOf(order);
  const input = { requestId: asked!.id, reason: 'it is packed' };
  expect(await world.refusal(pia, 'declineRequest', input)).toBe('FORBIDDEN');
  for (let time = 0; time < 2; time++)
    expect(await world.do(host, 'declineRequest', input, 'id event status')).toEqual({
      id: asked!.id,
      event: 'cancel',
      status: 'DECLINED',
    });
  expect(await notices('transition.declined')).toEqual([
    {
      content: 'The host declined to cancel the order',
      metadata: expect.objectContaining({ requestId: asked!.id, aggregateId: order.id, requested: 'cancel', reason: 'it is packed' }),
    },
  ]);
  expect(await pendingOf(order)).toEqual([]);
  await cancel(ana);
  expect((await pendingOf(order)).map(({ event }) => event)).toEqual(['cancel']);
  await cancel(host, { reason: 'asked for' });
  const [, carriedOut] = await world.sql<{ id: string }>('select id from step_requests where room_id = $1 order by id', [order.room.id]);
  expect(await world.refusal(host, 'declineRequest', { requestId: carriedOut!.id })).toBe('CONFLICT');
  expect(await world.refusal(host, 'declineRequest', { requestId: 'nothing' })).toBe('NOT_FOUND');
});

test('who may plan deliveries asks the host for one of its order', async () => {
  const input = { orderId: order.id, ...STOPS, idempotencyKey: 'plan' };
  expect(await world.refusal(ana, 'createDelivery', input)).toBe('FORBIDDEN');
  for (let time = 0; time < 2; time++) expect(await world.do(pia, 'createDelivery', input, 'id')).toBeNull();
  expect(await world.refusal(pia, 'createDelivery', { ...input, provider: 'Swift' })).toBe('IDEMPOTENCY_CONFLICT');
  expect(await pendingOf(order)).toMatchObject([{ event: 'delivery.create', payload: STOPS }]);
  expect((await notices('transition.requested')).map(({ content }) => content)).toEqual(['pia asked to create the delivery']);
  // Whatever else becomes of the order, it can still be delivered.
  await world.act(host, 'updateOrderStatus', { orderId: order.id, event: 'accept' });
  expect(await statuses()).toEqual(['PENDING']);
  await planAsHost();
  expect(await statuses()).toEqual(['CARRIED_OUT']);
  expect(await orderAs(ana, order, 'deliveries { status }')).toEqual({ deliveries: [{ status: 'UNASSIGNED' }] });
  expect(await world.do(pia, 'createDelivery', input, 'id')).toBeNull();
  expect(await world.refusal(pia, 'createDelivery', { ...input, idempotencyKey: 'another' })).toBe('CONFLICT');
});

test('an order that is over asks for no delivery any more', async () => {
  await world.act(pia, 'createDelivery', { orderId: order.id, ...STOPS });
  await cancel(host, { reason: 'out of stock' });
  expect(await statuses()).toEqual(['LAPSED']);
});
