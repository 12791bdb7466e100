import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OrderTimers } from '../src/orders/order-timers.service.js';
import { Timeline } from '../src/timeline/timeline.service.js';
import { aSender, tell, untilMerged } from './support/inbound.js';
import { STOPS } from './support/orders.js';
import { type Order, shopOf } from './support/shop.js';
import { type Person, World } from './support/world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let world: World;
let ana: Person, pia: Person, rob: Person, ria: Person, host: Person, sue: Person;
let now: number;

beforeAll(async () => {
  world = await World.start();
  ({ ana, pia, rob, ria } = await world.people('ana', 'pia', 'rob', 'ria'));
  host = await world.person('Host', 'SERVICE');
  sue = await world.person('sue', 'SUPPORT');
});

afterAll(() => world.stop());

/** Each test has days of its own, so that what is due in one is not due in another. */
beforeEach(async () => {
  now = Date.now();
  await world.setTime(new Date(now));
});

const later = (ms: number) => world.setTime(new Date((now += ms)));

const { place, step, plannedFor, assign, ride, confirm, orderAs, messagesOf, seatsOf, onTheWay, delivered } = shopOf(() => ({
  world,
  ana,
  pia,
  rob,
  host,
}));

describe('a delivery', () => {
  test('is planned by who is staff of its room then, and not by who was when they were let through', async () => {
    const order = await place();
    await world.as(pia).get('query ($id: ID!) { order(id: $id) { id } }', { id: order.id });
    // Past the node, which remembers her as she was.
    await world.sql(`update participants set role = 'OBSERVER' where room_id = $1 and user_id = $2`, [order.room.id, pia.id]);
    expect(await world.refusal(pia, 'createDelivery', { orderId: order.id, ...STOPS })).toBe('FORBIDDEN');
  });

  test('lets its rider in, moves the order, and lets the rider out half an hour later', async () => {
    const { order, delivery } = await onTheWay();
    expect((await seatsOf(order)).get(rob.id)).toBe('RIDER');
    await ride(rob, delivery, 'head_to_pickup', { eta: '2030-01-01T12:00:00.000Z' });
    await ride(rob, delivery, 'arrive_at_pickup');
    await ride(rob, delivery, 'pick_up');
    expect(await orderAs(rob, order, 'status items { name } deliveries { status rider { id } dropoff { address } }')).toEqual({
      status: 'OUT_FOR_DELIVERY',
      items: null,
      deliveries: [{ status: 'PICKED_UP', rider: { id: rob.id }, dropoff: { address: '2 Side Street' } }],
    });
    await ride(rob, delivery, 'head_to_dropoff');
    await ride(rob, delivery, 'fail_attempt');
    await ride(rob, delivery, 'head_to_dropoff');
    await ride(rob, delivery, 'arrive_at_dropoff');
    expect(await world.refusal(rob, 'confirmDelivery', { deliveryId: delivery.id })).toBe('BAD_USER_INPUT');
    expect(await world.refusal(rob, 'confirmDelivery', { deliveryId: delivery.id, proof: { pinOk: false } })).toBe('BAD_USER_INPUT');
    expect(await confirm(rob, delivery, { signatureId: 'sig-1' })).toMatchObject({ status: 'DELIVERED', attempts: 1 });
    expect(await orderAs(ana, order, 'status')).toEqual({ status: 'DELIVERED' });
    const updates = await messagesOf(order, 'DELIVERY_UPDATE');
    expect(updates.map(({ metadata }) => (metadata as { event: string }).event)).toEqual([
      ...['create', 'assign', 'head_to_pickup', 'arrive_at_pickup', 'pick_up', 'head_to_dropoff', 'fail_attempt', 'head_to_dropoff'],
      ...['arrive_at_dropoff', 'deliver'],
    ]);
    await later(29 * MINUTE_MS);
    expect((await seatsOf(order)).has(rob.id)).toBe(true);
    await later(2 * MINUTE_MS);
    expect((await seatsOf(order)).has(rob.id)).toBe(false);
    expect(await world.as(rob).refusal('query ($id: ID!) { order(id: $id) { id } }', { id: order.id })).toBe('NOT_FOUND');
    expect(await messagesOf(order, 'DELIVERY_UPDATE')).toHaveLength(updates.length);
  });

  test('shows its rider what is said from their assignment on, and nothing that was said before', async () => {
    const order = await place();
    await step(pia, order, 'accept');
    const delivery = await plannedFor(order);
    const room = { ...order.room, code: '' };
    await world.send(room, ana, 'It is for my heart');
    await assign(delivery, rob);
    await world.send(room, ana, 'Ring twice');
    const seen = async (rider: Person) => {
      const query = 'query ($id: ID!) { room(id: $id) { messages { nodes { content } } } }';
      const read = await world.as(rider).get<{ room: { messages: { nodes: { content: string }[] } } }>(query, { id: room.id });
      return read.room.messages.nodes.map(({ content }) => content);
    };
    expect(await seen(rob)).toEqual(['rob was added', 'A rider was assigned', 'Ring twice']);
    await assign(delivery, ria);
    expect((await seen(ria))[0]).toBe('ria was added');
    expect(await seen(ria)).not.toContain('Ring twice');
  });

  test('that gets another rider lets the former one out at once', async () => {
    const { order, delivery } = await onTheWay();
    expect(await world.refusal(pia, 'assignRider', { deliveryId: delivery.id, riderId: rob.id })).toBe('CONFLICT');
    expect(await assign(delivery, ria)).toMatchObject({ status: 'ASSIGNED', version: 3 });
    expect([(await seatsOf(order)).has(rob.id), (await seatsOf(order)).get(ria.id)]).toEqual([false, 'RIDER']);
    expect(await world.refusal(rob, 'updateDeliveryStatus', { deliveryId: delivery.id, event: 'head_to_pickup' })).toBe('NOT_FOUND');
    await ride(pia, delivery, 'unassign');
    expect((await seatsOf(order)).has(ria.id)).toBe(false);
    expect(await world.refusal(pia, 'assignRider', { deliveryId: delivery.id, riderId: ana.id })).toBe('BAD_USER_INPUT');
    expect(await world.refusal(pia, 'assignRider', { deliveryId: delivery.id })).toBe('BAD_USER_INPUT');
    await world.act(host, 'assignRider', { deliveryId: delivery.id });
    expect(await ride(host, delivery, 'head_to_pickup')).toMatchObject({ status: 'EN_ROUTE_PICKUP' });
  });

  test('leaves those in the room who are there for another reason', async () => {
    const order = await place();
    const delivery = await plannedFor(order);
    await assign(delivery, pia, host);
    await ride(host, delivery, 'unassign');
    expect((await seatsOf(order)).get(pia.id)).toBe('PHARMACY_STAFF');
  });

  test('takes along only what is ready, comes back, and is followed by another', async () => {
    const order = await place();
    await step(pia, order, 'accept');
    const delivery = await plannedFor(order);
    expect(await world.refusal(pia, 'createDelivery', { orderId: order.id, ...STOPS })).toBe('CONFLICT');
    await assign(delivery, rob);
    await ride(rob, delivery, 'head_to_pickup');
    await ride(rob, delivery, 'arrive_at_pickup');
    expect(await world.refusal(rob, 'updateDeliveryStatus', { deliveryId: delivery.id, event: 'pick_up' })).toBe('CONFLICT');
    await step(pia, order, 'ready');
    for (const event of ['pick_up', 'head_to_dropoff', 'fail_attempt', 'turn_back', 'hand_back']) await ride(rob, delivery, event);
    const again = await plannedFor(order);
    await assign(again, rob);
    // The end of the first one does not take a rider out who has the second.
    await later(HOUR_MS);
    expect((await seatsOf(order)).get(rob.id)).toBe('RIDER');
    for (const event of ['head_to_pickup', 'arrive_at_pickup', 'pick_up', 'head_to_dropoff', 'arrive_at_dropoff'])
      await ride(rob, again, event);
    expect(await confirm(host, again)).toMatchObject({ status: 'DELIVERED' });
    expect(await orderAs(ana, order, 'status deliveries { status }')).toEqual({
      status: 'DELIVERED',
      deliveries: [{ status: 'RETURNED' }, { status: 'DELIVERED' }],
    });
    expect(await world.refusal(pia, 'createDelivery', { orderId: order.id, ...STOPS })).toBe('CONFLICT');
  });

  test('ends with the order that is canceled', async () => {
    const { order, delivery } = await onTheWay();
    await step(sue, order, 'cancel', { reason: 'out of stock' });
    const { delivery: after } = await world
      .as(ana)
      .get<{ delivery: object }>('query ($id: ID!) { delivery(id: $id) { status order { status } transitions { event source } } }', {
        id: delivery.id,
      });
    expect(after).toMatchObject({ status: 'CANCELED', order: { status: 'CANCELED' } });
    expect((after as { transitions: object[] }).transitions.at(-1)).toEqual({ event: 'cancel', source: 'SYSTEM' });
    expect((await messagesOf(order, 'ORDER_UPDATE')).at(-1)).toMatchObject({
      content: 'sue canceled order #1042',
      metadata: { reason: 'out of stock' },
    });
  });

  /** The parcel is on its way, and the host says no more of the delivery. */
  async function pickedUp() {
    const way = await onTheWay();
    for (const event of ['head_to_pickup', 'arrive_at_pickup', 'pick_up']) await ride(rob, way.delivery, event);
    return way;
  }
  const byWebhook = async ({ id }: { id: string }, event: string) => {
    expect(await tell(world, await aSender(world, host), { type: `order.${event}`, data: { id } })).toBe(202);
    await untilMerged(world);
  };

  test.each([
    ['has arrived', 'deliver', (order: Order, event: string) => step(host, order, event)],
    ['came back', 'return', (order: Order, event: string) => step(host, order, event)],
    ['has arrived, by its webhook', 'deliver', byWebhook],
    ['came back, by its webhook', 'return', byWebhook],
  ])('of which the host only says that the order %s lets its rider out half an hour later, and stays as it was', async (_, event, say) => {
    const { order, delivery } = await pickedUp();
    await say(order, event);
    await later(29 * MINUTE_MS);
    expect((await seatsOf(order)).get(rob.id)).toBe('RIDER');
    await later(2 * MINUTE_MS);
    expect((await seatsOf(order)).has(rob.id)).toBe(false);
    expect(await orderAs(ana, order, 'deliveries { status }')).toEqual({ deliveries: [{ status: 'PICKED_UP' }] });
    expect(await ride(host, delivery, 'head_to_dropoff')).toMatchObject({ status: 'EN_ROUTE_DROPOFF' });
  });

  test('that gets a rider when its order is over lets them out half an hour later, too', async () => {
    const { order, delivery } = await onTheWay();
    for (const event of ['dispatch', 'deliver', 'complete']) await step(host, order, event);
    await later(10 * MINUTE_MS);
    await assign(delivery, ria);
    expect((await seatsOf(order)).has(rob.id)).toBe(false);
    await later(29 * MINUTE_MS);
    expect((await seatsOf(order)).get(ria.id)).toBe('RIDER');
    await later(2 * MINUTE_MS);
    expect((await seatsOf(order)).has(ria.id)).toBe(false);
  });

  test('is picked up once by whoever asks at the same moment', async () => {
    const { order, delivery } = await onTheWay();
    await ride(rob, delivery, 'head_to_pickup');
    await ride(rob, delivery, 'arrive_at_pickup');
    const codes = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        world.refusal(at % 2 ? rob : host, 'updateDeliveryStatus', { deliveryId: delivery.id, event: 'pick_up' }),
      ),
    );
    expect(codes.filter((code) => code === 'OK')).toHaveLength(1);
    expect(
      (await messagesOf(order, 'ORDER_UPDATE')).filter(({ metadata }) => (metadata as { event: string }).event === 'dispatch'),
    ).toHaveLength(1);
  });
});

describe('what was delivered', () => {
  test('is complete when nobody complains for three days', async () => {
    const { order } = await delivered();
    await later(71 * HOUR_MS);
    expect(await orderAs(ana, order, 'status')).toEqual({ status: 'DELIVERED' });
    await later(2 * HOUR_MS);
    expect(await orderAs(ana, order, 'status')).toEqual({ status: 'COMPLETED' });
  });

  test('is not while something is in dispute, and has its time anew afterwards', async () => {
    const { order } = await delivered();
    const { app } = world.nodes[0]!;
    const hold = (isHeld: boolean) => app.get(Timeline).commit((tx) => app.get(OrderTimers).hold(tx, order.id, isHeld));
    await hold(true);
    await later(100 * HOUR_MS);
    expect(await orderAs(ana, order, 'status isHeld')).toEqual({ status: 'DELIVERED', isHeld: true });
    expect(await world.refusal(ana, 'updateOrderStatus', { orderId: order.id, event: 'complete' })).toBe('CONFLICT');
    await hold(false);
    await later(71 * HOUR_MS);
    expect(await orderAs(ana, order, 'status')).toEqual({ status: 'DELIVERED' });
    await hold(true);
    await step(sue, order, 'return', { reason: 'broken' });
    await later(15 * DAY_MS);
    expect(await orderAs(ana, order, 'room { status }')).toEqual({ room: { status: 'OPEN' } });
    await hold(false);
    await later(15 * DAY_MS);
    expect(await orderAs(ana, order, 'room { status }')).toEqual({ room: { status: 'CLOSED' } });
  });
});
