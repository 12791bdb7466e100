import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aSender, type Sender } from './support/inbound.js';
import { expectOneEnd, LONG, type Story } from './support/inbound-stories.js';
import { DETAILS, STOPS } from './support/orders.js';
import { permutations, tried } from './support/permutations.js';
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
const ORDER: Story = () => [place(), ['order.accept'], ['order.ready'], ['order.dispatch'], ['order.deliver']];
const DELIVERY: Story = (externalRef) => [
  place(),
  ['order.accept'],
  ['order.ready'],
  ['delivery.create', { ...STOPS, order: { externalRef } }],
  ['delivery.assign', { rider: { externalId: rob.externalId } }],
  ['delivery.head_to_pickup'],
  ['delivery.arrive_at_pickup'],
  ['delivery.pick_up'],
];

const state = `
select o.external_ref as ref, o.status as order, o.version, o.host_version as heard, d.status as delivery, d.version as moved,
  d.host_version as delivery_heard
from orders o left join deliveries d on d.external_ref = o.external_ref where o.external_ref = any($1)`;
const NO_DELIVERY = { delivery: null, moved: null, delivery_heard: null };

test('there are 120 orders of five events; those that are tried begin with each of them, and end with each', () => {
  const all = permutations([0, 1, 2, 3, 4]);
  expect(new Set(all.map(String)).size).toBe(120);
  expect(all[0]).toEqual([0, 1, 2, 3, 4]);
  const some = tried(all);
  expect(some).toHaveLength(process.env['ORDERS'] === 'all' ? 120 : 24);
  for (const at of [0, 4]) expect(new Set(some.map((order) => order[at])).size).toBe(5);
});

test.each([
  ['an order', false, { order: 'DELIVERED', version: 5, heard: null, ...NO_DELIVERY }],
  ['an order with versions', true, { order: 'DELIVERED', version: 5, heard: 5, ...NO_DELIVERY }],
])(
  'the events of %s lead to one end in every order, and however often',
  (_what, hasVersions, end) =>
    expectOneEnd(world, shop, { story: ORDER, first: hasVersions ? 1 : 0, hasVersions, state, end: [end], steps: 5 }),
  LONG,
);

test.each([
  ['a delivery', false, { order: 'OUT_FOR_DELIVERY', version: 4, heard: null, delivery: 'PICKED_UP', moved: 5, delivery_heard: null }],
  [
    'a delivery with versions',
    true,
    { order: 'OUT_FOR_DELIVERY', version: 4, heard: 3, delivery: 'PICKED_UP', moved: 5, delivery_heard: 5 },
  ],
])(
  'the events of %s lead to one end in every order, and however often',
  (_what, hasVersions, end) =>
    expectOneEnd(world, shop, { story: DELIVERY, first: hasVersions ? 4 : 3, hasVersions, state, end: [end], steps: 9 }),
  LONG,
);
