import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ParleyError } from '../src/common/errors.js';
import { Delivery } from '../src/orders/delivery.entity.js';
import { deliveryMachine } from '../src/orders/delivery.machine.js';
import { Order } from '../src/orders/order.entity.js';
import { orderMachine } from '../src/orders/order.machine.js';
import { ParticipantRole } from '../src/policy/roles.js';
import { type Actor, judge, type Machine, SYSTEM, TIMER } from '../src/transitions/machine.js';
import type { Subject } from '../src/transitions/subject.js';
import { testCells } from './support/cells.js';
import { makeDeliveries, makeOrders, peopleByRole } from './support/orders.js';
import { type Person, World } from './support/world.js';

/** What may happen, told apart from the machines: from, event, who. */
type Rule = readonly [from: string, event: string, who: string];

const BEFORE_WORK = 'PLACED AWAITING_PRESCRIPTION CONFIRMED';
const SHOP = 'PHARMACY_STAFF WORKER PRACTITIONER';

const ORDER_RULES: Rule[] = [
  ['PLACED', 'request_rx', 'PHARMACY_STAFF SERVICE'],
  ['AWAITING_PRESCRIPTION', 'approve_rx', 'PHARMACY_STAFF SERVICE'],
  ['AWAITING_PRESCRIPTION', 'reject_rx', 'PHARMACY_STAFF SERVICE'],
  ['PLACED', 'accept', `${SHOP} SERVICE`],
  ['PLACED', 'reject', `${SHOP} SERVICE`],
  ['CONFIRMED', 'start', `${SHOP} SERVICE`],
  ['CONFIRMED PREPARING', 'ready', `${SHOP} SERVICE`],
  ['READY', 'dispatch', 'SERVICE'],
  ['OUT_FOR_DELIVERY', 'deliver', 'SERVICE'],
  ['DELIVERED', 'complete', 'CUSTOMER SERVICE'],
  [BEFORE_WORK, 'cancel', 'CUSTOMER'],
  [`${BEFORE_WORK} PREPARING READY`, 'cancel', 'PHARMACY_STAFF SUPPORT_STAFF ADMIN SERVICE'],
  ['OUT_FOR_DELIVERY DELIVERED', 'return', 'SUPPORT_STAFF SERVICE'],
];
const ORDER_STATES = `${BEFORE_WORK} PREPARING READY OUT_FOR_DELIVERY DELIVERED COMPLETED REJECTED CANCELED RETURNED`.split(' ');

const DISPATCHERS = 'PHARMACY_STAFF SUPPORT_STAFF SERVICE';
const DELIVERY_RULES: Rule[] = [
  ['UNASSIGNED ASSIGNED EN_ROUTE_PICKUP', 'assign', DISPATCHERS],
  ['ASSIGNED EN_ROUTE_PICKUP', 'unassign', DISPATCHERS],
  ['ASSIGNED', 'head_to_pickup', 'RIDER SERVICE'],
  ['EN_ROUTE_PICKUP', 'arrive_at_pickup', 'RIDER SERVICE'],
  ['ARRIVED_PICKUP', 'pick_up', 'RIDER SERVICE'],
  ['PICKED_UP ATTEMPT_FAILED', 'head_to_dropoff', 'RIDER SERVICE'],
  ['EN_ROUTE_DROPOFF', 'arrive_at_dropoff', 'RIDER SERVICE'],
  ['ARRIVED_DROPOFF', 'deliver', 'RIDER SERVICE'],
  ['EN_ROUTE_DROPOFF ARRIVED_DROPOFF', 'fail_attempt', 'RIDER SERVICE'],
  ['ATTEMPT_FAILED', 'turn_back', 'RIDER SERVICE'],
  ['RETURNING', 'hand_back', 'RIDER SERVICE'],
  ['UNASSIGNED', 'cancel', 'CUSTOMER'],
  ['UNASSIGNED ASSIGNED EN_ROUTE_PICKUP ARRIVED_PICKUP', 'cancel', `${DISPATCHERS} ADMIN`],
];
const DELIVERY_STATES = [
  ...['UNASSIGNED', 'ASSIGNED', 'EN_ROUTE_PICKUP', 'ARRIVED_PICKUP', 'PICKED_UP', 'EN_ROUTE_DROPOFF', 'ARRIVED_DROPOFF'],
  ...['DELIVERED', 'ATTEMPT_FAILED', 'RETURNING', 'RETURNED', 'CANCELED'],
];

/** They try every step through the API; the table is asked about all roles. */
const ACTORS = ['CUSTOMER', 'RIDER', 'PHARMACY_STAFF', 'SUPPORT_STAFF', 'ADMIN', 'SERVICE'];

/** What happens by itself, or follows from another step. */
const ORDER_BY_ITSELF: Rule[] = [
  ['PLACED', 'reject', 'TIMER'],
  ['DELIVERED', 'complete', 'TIMER'],
  ['READY', 'dispatch', 'SYSTEM'],
  ['OUT_FOR_DELIVERY', 'deliver', 'SYSTEM'],
];
const DELIVERY_BY_ITSELF: Rule[] = [['UNASSIGNED ASSIGNED EN_ROUTE_PICKUP ARRIVED_PICKUP', 'cancel', 'SYSTEM']];

const answerOf =
  (rules: Rule[]) =>
  ({ status, event, actor }: { status: string; event: string; actor: string }): string => {
    const own = rules.filter(([, name, who]) => name === event && who.split(' ').includes(actor));
    if (own.length === 0) return 'FORBIDDEN';
    return own.some(([from]) => from.split(' ').includes(status)) ? 'OK' : 'ILLEGAL_TRANSITION';
  };

let world: World;
let actors: Record<string, Person>;
let other: Person;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  actors = await peopleByRole(
    world,
    ACTORS.filter((role) => role !== 'SERVICE'),
  );
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

const own = (event: string, more: object) =>
  event === 'assign'
    ? { name: 'assignRider', input: ({ id }: { id: string }) => ({ deliveryId: id, riderId: other.id }) }
    : event === 'deliver'
      ? { name: 'confirmDelivery', input: ({ id }: { id: string }) => ({ deliveryId: id, proof: { pinOk: true } }) }
      : { name: 'updateDeliveryStatus', input: ({ id }: { id: string }) => ({ deliveryId: id, event, ...more }) };

/** The rider of the table is the one to whom the delivery was given: nobody's while it waits for one. */
testCells('a delivery', DELIVERY_STATES, () => ({
  world,
  machine: deliveryMachine,
  actors,
  make: (status, count) => makeDeliveries(world, actors, status, 'READY', count),
  mutations: Object.fromEntries(DELIVERY_RULES.map(([, event]) => [event, own(event, {})])),
  expected: (cell) => (cell.status === 'UNASSIGNED' && cell.actor === 'RIDER' ? 'FORBIDDEN' : answerOf(DELIVERY_RULES)(cell)),
}));

describe('the table', () => {
  const SYSTEM_ACTORS = { TIMER, SYSTEM };

  /** Every cell in which the machine answers otherwise than it is written down here. */
  function surprises<S extends Subject>(
    machine: Machine<S, string>,
    subject: (status: string) => S,
    rules: Rule[],
    states: string[],
  ): string[] {
    const events = [...new Set(rules.map(([, event]) => event))];
    const roles = [...Object.keys(ParticipantRole), 'SERVICE', 'TIMER', 'SYSTEM'] as Actor['role'][];
    const cells = states.flatMap((status) => events.flatMap((event) => roles.map((actor) => ({ status, event, actor }))));
    return cells.flatMap((cell) => {
      const actor = { source: 'USER', userId: cell.actor, role: cell.actor } as const;
      const who = SYSTEM_ACTORS[cell.actor as 'TIMER'] ?? actor;
      let got = 'OK';
      try {
        judge(machine, subject(cell.status), who, { event: cell.event }, new Date());
      } catch (error) {
        got = (error as ParleyError).code;
      }
      return got === answerOf(rules)(cell) ? [] : `${cell.actor} ${cell.event} in ${cell.status}: ${got}`;
    });
  }

  test('of an order says the same of every role', () => {
    const order = (status: string) => Object.assign(new Order(), { status });
    expect(surprises(orderMachine, order, [...ORDER_RULES, ...ORDER_BY_ITSELF], ORDER_STATES)).toEqual([]);
  });

  test('of a delivery says the same of every role', () => {
    const delivery = (status: string) => Object.assign(new Delivery(), { status, riderId: 'RIDER' });
    expect(surprises(deliveryMachine, delivery, [...DELIVERY_RULES, ...DELIVERY_BY_ITSELF], DELIVERY_STATES)).toEqual([]);
  });
});
