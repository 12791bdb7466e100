import { afterAll, beforeAll } from '@jest/globals';
import { deliveryMachine } from '../src/deliveries/delivery.machine.js';
import { orderMachine } from '../src/orders/order.machine.js';
import type { Subject } from '../src/transitions/machine/subject.js';
import { testCells } from './support/cells.js';
import { makeDeliveries, makeOrders, peopleByRole } from './support/orders.js';
import { answerOf, type Cell, type Rule } from './support/rules.js';
import { testWalk } from './support/walk.js';
import { type Person, World } from './support/world.js';

const BEFORE_WORK = 'PLACED AWAITING_PRESCRIPTION CONFIRMED';
const SHOP = 'PHARMACY_STAFF WORKER PRACTITIONER';

const ORDER_RULES: Rule[] = [
  ['PLACED', 'request_rx', 'PHARMACY_STAFF SERVICE', 'AWAITING_PRESCRIPTION'],
  ['AWAITING_PRESCRIPTION', 'approve_rx', 'PHARMACY_STAFF SERVICE', 'CONFIRMED'],
  ['AWAITING_PRESCRIPTION', 'reject_rx', 'PHARMACY_STAFF SERVICE', 'REJECTED'],
  ['PLACED', 'accept', `${SHOP} SERVICE`, 'CONFIRMED'],
  ['PLACED', 'reject', `${SHOP} SERVICE TIMER`, 'REJECTED'],
  ['CONFIRMED', 'start', `${SHOP} SERVICE`, 'PREPARING'],
  ['CONFIRMED PREPARING', 'ready', `${SHOP} SERVICE`, 'READY'],
  ['READY', 'dispatch', 'SERVICE SYSTEM', 'OUT_FOR_DELIVERY'],
  ['OUT_FOR_DELIVERY', 'deliver', 'SERVICE SYSTEM', 'DELIVERED'],
  ['DELIVERED', 'complete', 'CUSTOMER SERVICE TIMER', 'COMPLETED'],
  [BEFORE_WORK, 'cancel', 'CUSTOMER', 'CANCELED'],
  [`${BEFORE_WORK} PREPARING READY`, 'cancel', 'PHARMACY_STAFF SUPPORT_STAFF ADMIN SERVICE', 'CANCELED'],
  ['OUT_FOR_DELIVERY DELIVERED', 'return', 'SUPPORT_STAFF SERVICE', 'RETURNED'],
];
const ORDER_STATES = `${BEFORE_WORK} PREPARING READY OUT_FOR_DELIVERY DELIVERED COMPLETED REJECTED CANCELED RETURNED`.split(' ');

const DISPATCHERS = 'PHARMACY_STAFF SUPPORT_STAFF SERVICE';
const DELIVERY_RULES: Rule[] = [
  ['UNASSIGNED ASSIGNED EN_ROUTE_PICKUP', 'assign', DISPATCHERS, 'ASSIGNED'],
  ['ASSIGNED EN_ROUTE_PICKUP', 'unassign', DISPATCHERS, 'UNASSIGNED'],
  ['ASSIGNED', 'head_to_pickup', 'THE_RIDER SERVICE', 'EN_ROUTE_PICKUP'],
  ['EN_ROUTE_PICKUP', 'arrive_at_pickup', 'THE_RIDER SERVICE', 'ARRIVED_PICKUP'],
  ['ARRIVED_PICKUP', 'pick_up', 'THE_RIDER SERVICE', 'PICKED_UP'],
  ['PICKED_UP ATTEMPT_FAILED', 'head_to_dropoff', 'THE_RIDER SERVICE', 'EN_ROUTE_DROPOFF'],
  ['EN_ROUTE_DROPOFF', 'arrive_at_dropoff', 'THE_RIDER SERVICE', 'ARRIVED_DROPOFF'],
  ['ARRIVED_DROPOFF', 'deliver', 'THE_RIDER SERVICE', 'DELIVERED'],
  ['EN_ROUTE_DROPOFF ARRIVED_DROPOFF', 'fail_attempt', 'THE_RIDER SERVICE', 'ATTEMPT_FAILED'],
  ['ATTEMPT_FAILED', 'turn_back', 'THE_RIDER SERVICE', 'RETURNING'],
  ['RETURNING', 'hand_back', 'THE_RIDER SERVICE', 'RETURNED'],
  ['UNASSIGNED', 'cancel', 'CUSTOMER', 'CANCELED'],
  ['UNASSIGNED ASSIGNED EN_ROUTE_PICKUP ARRIVED_PICKUP', 'cancel', `${DISPATCHERS} ADMIN SYSTEM`, 'CANCELED'],
];
const DELIVERY_STATES = [
  ...['UNASSIGNED', 'ASSIGNED', 'EN_ROUTE_PICKUP', 'ARRIVED_PICKUP', 'PICKED_UP', 'EN_ROUTE_DROPOFF', 'ARRIVED_DROPOFF'],
  ...['DELIVERED', 'ATTEMPT_FAILED', 'RETURNING', 'RETURNED', 'CANCELED'],
];

const ACTORS = ['CUSTOMER', 'RIDER', 'PHARMACY_STAFF', 'SUPPORT_STAFF', 'ADMIN'];

let world: World;
let actors: Record<string, Person>;
let other: Person;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  actors = await peopleByRole(world, ACTORS);
  other = await world.person('Another rider');
});

afterAll(() => world.stop());

testCells('an order', ORDER_STATES, () => ({
  world,
  machine: orderMachine,
  actors,
  make: (status, count) => makeOrders(world, actors, status, count),
  mutations: Object.fromEntries(
    ORDER_RULES.map(([, event]) => [
      event,
      { name: 'updateOrderStatus', input: ({ id }: { id: string }) => ({ orderId: id, event, reason: 'because' }) },
    ]),
  ),
  expected: answerOf(ORDER_RULES),
}));

const mutationOf = (event: string, rider: Person) => {
  if (event === 'assign') return { name: 'assignRider', input: ({ id }: Subject) => ({ deliveryId: id, riderId: rider.id }) };
  if (event === 'deliver') return { name: 'confirmDelivery', input: ({ id }: Subject) => ({ deliveryId: id, proof: { pinOk: true } }) };
  return { name: 'updateDeliveryStatus', input: ({ id }: Subject) => ({ deliveryId: id, event }) };
};

/** Deliveries that this rider has, and those that are given to that one. */
const deliveries = (rider: Person) => {
  const { RIDER, ...others } = actors;
  return {
    world,
    machine: deliveryMachine,
    actors: { ...others, THE_RIDER: RIDER! },
    make: (status: string, count: number) => makeDeliveries(world, actors, status, 'READY', count),
    mutations: Object.fromEntries(DELIVERY_RULES.map(([, event]) => [event, mutationOf(event, rider)])),
    payloads: { assign: { riderId: rider.id } },
  };
};

/** While a delivery waits for its rider nobody is it. */
const ofDelivery = (cell: Cell) =>
  cell.status === 'UNASSIGNED' && cell.actor === 'THE_RIDER' ? 'FORBIDDEN' : answerOf(DELIVERY_RULES)(cell);

testCells('a delivery', DELIVERY_STATES, () => ({ ...deliveries(other), expected: ofDelivery }));

testWalk('a delivery', () => ({
  ...deliveries(actors['RIDER']!),
  rules: DELIVERY_RULES,
  start: 'ASSIGNED',
  // It would take the seat of the rider, who is to look on.
  leftOut: ['unassign'],
  // The rider has it already.
  expected: (cell) => (cell.event === 'assign' && ofDelivery(cell) === 'OK' ? 'CONFLICT' : ofDelivery(cell)),
  shown: ({ id }, fields) => `delivery(id: "${id}") { ${fields} }`,
}));
