import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aSender, type Sender } from './support/inbound.js';
import { expectOneEnd, type Story } from './support/inbound-stories.js';
import { DETAILS, STOPS } from './support/orders.js';
import { type Person, World } from './support/world.js';

let world: World;
let ana: Person, rob: Person;
let shop: Sender;

beforeAll(async () => {
  world = await World.start({}, 2);
  ({ ana, rob } = await world.people('ana', 'rob'));
  shop = await aSender(world, await world.person('boss', 'ADMIN'));
});

afterAll(() => world.stop());

const place = () => ['order.place', { customer: { id: ana.id }, ...DETAILS }] as const;
const ORDER: Story = () => [place(), ['order.accept'], ['order.start'], ['order.ready'], ['order.dispatch'], ['order.deliver']];
const DELIVERY: Story = (externalRef) => [
  place(),
  ['order.accept'],
  ['order.ready'],
  ['delivery.create', { ...STOPS, order: { externalRef } }],
  ['delivery.assign', { rider: { externalId: rob.externalId } }],
  ['delivery.head_to_pickup'],
  ['delivery.arrive_at_pickup'],
  ['delivery.pick_up'],
  ['delivery.head_to_dropoff'],
  ['delivery.fail_attempt'],
  ['delivery.head_to_dropoff'],
  ['delivery.arrive_at_dropoff'],
  ['delivery.deliver'],
];

const endOf = (externalRef: string) =>
  world.sql(
    `select o.status as order, d.status as delivery, o.host_version as order_version, d.host_version as delivery_version
     from orders o left join deliveries d on d.external_ref = o.external_ref where o.external_ref = $1`,
    [externalRef],
  );

test.each([
  ['an order without versions', ORDER, false, { order: 'DELIVERED', delivery: null, order_version: null, delivery_version: null }],
  ['an order with versions', ORDER, true, { order: 'DELIVERED', delivery: null, order_version: 6, delivery_version: null }],
  [
    'a delivery without versions',
    DELIVERY,
    false,
    { order: 'DELIVERED', delivery: 'DELIVERED', order_version: null, delivery_version: null },
  ],
  ['a delivery with versions', DELIVERY, true, { order: 'DELIVERED', delivery: 'DELIVERED', order_version: 3, delivery_version: 10 }],
])('the events of %s lead to one end in whatever order they come, and however often', async (_what, story, hasVersions, end) => {
  await expectOneEnd(world, shop, { story, hasVersions, endOf, end: [end] });
  const twice = await world.sql(
    `select aggregate_id from transitions where source = 'WEBHOOK' group by aggregate_id, event having count(*) > 2`,
  );
  expect(twice).toEqual([]);
});
