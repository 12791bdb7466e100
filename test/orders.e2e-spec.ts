import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DETAILS, STOPS } from './support/orders.js';
import { ORDER, type Order, shopOf } from './support/shop.js';
import { type Person, World } from './support/world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let world: World;
let ana: Person, pia: Person, rob: Person, eve: Person, host: Person;
let now: number;

beforeAll(async () => {
  world = await World.start();
  ({ ana, pia, rob, eve } = await world.people('ana', 'pia', 'rob', 'eve'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

/** Each test has days of its own, so that what is due in one is not due in another. */
beforeEach(async () => {
  now = Date.now();
  await world.setTime(new Date(now));
});

const later = (ms: number) => world.setTime(new Date((now += ms)));

const { plan, place, step, orderAs, messagesOf, seatsOf } = shopOf(() => ({ world, ana, pia, rob, host }));

describe('placing an order', () => {
  test('again with its key tells nothing to a customer who was put out of its room', async () => {
    const mine = { items: [{ name: 'Soap' }], totalMinor: 900, currency: 'EUR', idempotencyKey: 'mine' };
    const order = await world.do<Order>(ana, 'placeOrder', mine, ORDER);
    expect((await world.do<Order>(ana, 'placeOrder', mine, ORDER)).id).toBe(order.id);
    await world.act(host, 'blockParticipant', { roomId: order.room.id, userId: ana.id, reason: 'fraud' });
    expect(await world.refusal(ana, 'placeOrder', mine)).toBe('NOT_FOUND');
  });

  test('opens its room with its people by their roles, and says so', async () => {
    const order = await place();
    expect(order).toMatchObject({
      status: 'PLACED',
      version: 1,
      room: { title: 'Order #1042 · Pharmacy X', kind: 'ORDER', status: 'OPEN' },
    });
    expect(await seatsOf(order)).toEqual(
      new Map([
        [ana.id, 'CUSTOMER'],
        [pia.id, 'PHARMACY_STAFF'],
      ]),
    );
    const said = await messagesOf(order, 'ORDER_UPDATE');
    expect(said).toMatchObject([
      {
        content: 'Host placed order #1042',
        metadata: { aggregate: 'order', event: 'place', from: null, to: 'PLACED', orderNumber: '1042' },
      },
    ]);
    expect(JSON.stringify([said, await world.sql('select * from transitions where room_id = $1', [order.room.id])])).not.toContain(
      'Amoxicillin',
    );
    const { room } = await world
      .as(ana)
      .get<{ room: { order: unknown } }>(
        'query ($id: ID!) { room(id: $id) { order { id items { name quantity } totalMinor customer { id } } } }',
        {
          id: order.room.id,
        },
      );
    expect(room.order).toEqual({
      id: order.id,
      items: [{ name: 'Amoxicillin 500 mg', quantity: 2 }],
      totalMinor: 900,
      customer: { id: ana.id },
    });
  });

  test.each(['externalRef', 'idempotencyKey'])(
    'a hundred times at once on two nodes with one %s is one order and one room',
    async (key) => {
      const two = await World.start({}, 2);
      try {
        const buyer = await two.person('buyer');
        const shop = await two.person('shop', 'SERVICE');
        const input = { ...DETAILS, customerId: buyer.id, [key]: 'the same' };
        const document = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { ${ORDER} } }`;
        const placed = await Promise.all(
          Array.from({ length: 100 }, (_, at) => two.as(shop, at % 2).get<{ placeOrder: Order }>(document, { input })),
        );
        expect(new Set(placed.map(({ placeOrder }) => `${placeOrder.id} ${placeOrder.room.id}`)).size).toBe(1);
        expect(await two.sql('select kind, last_sequence from rooms')).toEqual([{ kind: 'ORDER', last_sequence: 2 }]);
      } finally {
        await two.stop();
      }
    },
  );

  test('with a key that was used for another order is refused', async () => {
    await place({ idempotencyKey: 'twice' });
    expect(await world.refusal(host, 'placeOrder', plan({ idempotencyKey: 'twice', totalMinor: 901 }))).toBe('IDEMPOTENCY_CONFLICT');
  });

  test('is for oneself; what only the host knows is not for people to say', async () => {
    const own = await world.do<Order>(ana, 'placeOrder', { ...DETAILS }, ORDER);
    expect(await seatsOf(own)).toEqual(new Map([[ana.id, 'CUSTOMER']]));
    expect(own.room.title).toBe(`Order #${String(own['number'])}`);
    const refused = (more: object, who = ana) => world.refusal(who, 'placeOrder', { ...DETAILS, ...more });
    expect(await refused({ customerId: eve.id })).toBe('FORBIDDEN');
    expect(await refused({ staffIds: [pia.id] })).toBe('FORBIDDEN');
    expect(await refused({ externalRef: 'mine' })).toBe('FORBIDDEN');
    expect(await refused({ authority: 'HOST' })).toBe('FORBIDDEN');
    expect(await refused({}, host)).toBe('BAD_USER_INPUT');
    expect(await refused({ customerId: ana.id, staffIds: [ana.id] }, host)).toBe('BAD_USER_INPUT');
    expect(await refused({ customerId: '0190a000-0000-7000-8000-000000000000' }, host)).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['no items', { items: [] }],
    ['nothing of an item', { items: [{ name: 'Soap', quantity: 0 }] }],
    ['no price', { totalMinor: 0 }],
    ['a fortune', { totalMinor: 10 ** 12 + 1 }],
    ['a part of a cent', { totalMinor: 1.5 }],
    ['a currency that there is not', { currency: 'EURO' }],
    ['a long number', { number: '1'.repeat(41) }],
  ])('with %s is refused', async (_, wrong) => {
    expect(await world.refusal(host, 'placeOrder', plan(wrong))).toBe('BAD_USER_INPUT');
  });
});

describe('an order', () => {
  test('that needs a prescription is confirmed by its approval, and not without', async () => {
    const order = await place({ requiresPrescription: true });
    expect(await world.refusal(pia, 'updateOrderStatus', { orderId: order.id, event: 'accept' })).toBe('CONFLICT');
    await step(pia, order, 'request_rx');
    expect(await step(pia, order, 'approve_rx')).toMatchObject({ status: 'CONFIRMED', version: 3 });
  });

  test('offers each what they could do, and takes a step from whoever saw its version', async () => {
    const order = await place();
    const offered = async (who: Person) =>
      (await orderAs(who, order, 'allowedTransitions { event }'))['allowedTransitions'] as unknown as { event: string }[];
    expect((await offered(ana)).map(({ event }) => event)).toEqual(['cancel']);
    expect((await offered(pia)).map(({ event }) => event)).toEqual(['request_rx', 'accept', 'reject', 'cancel']);
    expect(await world.refusal(pia, 'updateOrderStatus', { orderId: order.id, event: 'cancel' })).toBe('BAD_USER_INPUT');
    await step(pia, order, 'accept', { expectedVersion: 1 });
    expect(await world.refusal(ana, 'updateOrderStatus', { orderId: order.id, event: 'cancel', expectedVersion: 1 })).toBe('STALE_VERSION');
    expect(await step(ana, order, 'cancel', { expectedVersion: 2 })).toMatchObject({ status: 'CANCELED' });
  });

  test('is rejected by itself when nobody takes it, and its room is closed some days after its end', async () => {
    const [forgotten, taken] = [await place(), await place()];
    await step(pia, taken, 'accept');
    await later(24 * HOUR_MS + MINUTE_MS);
    expect([await orderAs(ana, forgotten, 'status'), await orderAs(ana, taken, 'status')]).toEqual([
      { status: 'REJECTED' },
      { status: 'CONFIRMED' },
    ]);
    await later(14 * DAY_MS - HOUR_MS);
    expect(await orderAs(ana, forgotten, 'room { status }')).toEqual({ room: { status: 'OPEN' } });
    await later(2 * HOUR_MS);
    expect(await orderAs(ana, forgotten, 'room { status }')).toEqual({ room: { status: 'CLOSED' } });
    expect(await orderAs(ana, taken, 'room { status }')).toEqual({ room: { status: 'OPEN' } });
  });

  test("is moved by the host alone where it is the host's: what people do is a request", async () => {
    const order = await place({ authority: 'HOST', externalRef: 'host-1' });
    const asked = await world.do<Order>(
      pia,
      'updateOrderStatus',
      { orderId: order.id, event: 'accept' },
      `${ORDER} pendingRequests { event }`,
    );
    expect(asked).toMatchObject({ status: 'PLACED', pendingRequests: [{ event: 'accept' }] });
    expect(await world.do(pia, 'createDelivery', { orderId: order.id, ...STOPS }, 'id')).toBeNull();
    expect(await step(host, order, 'accept')).toMatchObject({ status: 'CONFIRMED' });
    await later(30 * DAY_MS);
    expect(await orderAs(host, order, 'status')).toEqual({ status: 'CONFIRMED' });
  });

  test('is listed for those in its room, page by page, and for nobody else', async () => {
    const mia = await world.person('mia');
    const placed: Order[] = [];
    for (const number of ['1', '2', '3']) placed.unshift(await place({ customerId: mia.id, number }));
    await step(mia, placed[0]!, 'cancel');
    type Page = { orders: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
    const list = (variables: object, who = mia) =>
      world
        .as(who)
        .get<Page>(
          'query ($first: Int, $after: String, $filter: OrderFilter) { orders(first: $first, after: $after, filter: $filter) { nodes { id } pageInfo { hasNextPage endCursor } } }',
          { ...variables },
        );
    const first = (await list({ first: 2 })).orders;
    expect(first.nodes.map(({ id }) => id)).toEqual([placed[0]!.id, placed[1]!.id]);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = (await list({ first: 2, after: first.pageInfo.endCursor })).orders;
    expect(rest).toMatchObject({ nodes: [{ id: placed[2]!.id }], pageInfo: { hasNextPage: false } });
    expect((await list({ filter: { status: ['CANCELED'] } })).orders.nodes).toEqual([{ id: placed[0]!.id }]);
    expect((await list({ filter: { number: '2' } })).orders.nodes).toEqual([{ id: placed[1]!.id }]);
    expect((await list({}, eve)).orders.nodes).toEqual([]);
  });
});
