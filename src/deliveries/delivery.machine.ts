import { orderMachine } from '../orders/order.machine.js';
import { MessageKind } from '../timeline/log/message.entity.js';
import type { Machine, Move } from '../transitions/machine/machine.js';
import {
  checkOrder,
  checkProof,
  delivers,
  dispatches,
  letOut,
  letOutLater,
  letOutOfWhatIsOver,
  takeEta,
  takeRider,
} from './delivery.effects.js';
import { Delivery } from './delivery.entity.js';

const DISPATCHERS = ['PHARMACY_STAFF', 'SUPPORT_STAFF', 'SERVICE'] as const;
const ON_THE_ROAD = ['ASSIGNED_RIDER', 'SERVICE'] as const;
const BEFORE_PICK_UP = ['UNASSIGNED', 'ASSIGNED', 'EN_ROUTE_PICKUP', 'ARRIVED_PICKUP'] as const;

const says = (what: string) => (_: Move<Delivery>) => what;

/** The way of a parcel. RIDER alone moves nothing: only the rider to whom it was given does. */
export const deliveryMachine: Machine<Delivery, 'ASSIGNED_RIDER'> = {
  name: 'delivery',
  entity: Delivery,
  kind: MessageKind.DELIVERY_UPDATE,
  parties: ({ riderId }, userId) => (riderId === userId ? ['ASSIGNED_RIDER'] : []),
  partOf: ({ orderId }) => ({ aggregate: orderMachine.name, id: orderId }),
  facts: ({ orderId, riderId, eta }) => ({ orderId, riderId, eta }),
  words: ({ subject }) => ({ attempts: subject.attempts }),
  steps: [
    { event: 'create', from: [], to: 'UNASSIGNED', by: DISPATCHERS, say: says('The delivery waits for a rider') },
    {
      event: 'assign',
      from: ['UNASSIGNED', 'ASSIGNED', 'EN_ROUTE_PICKUP'],
      to: 'ASSIGNED',
      by: DISPATCHERS,
      prepare: takeRider,
      effects: [letOut, letOutOfWhatIsOver],
      say: says('A rider was assigned'),
    },
    {
      event: 'unassign',
      from: ['ASSIGNED', 'EN_ROUTE_PICKUP'],
      to: 'UNASSIGNED',
      by: DISPATCHERS,
      prepare: ({ subject }) => void (subject.riderId = null),
      effects: [letOut],
      say: says('The delivery waits for another rider'),
    },
    {
      event: 'head_to_pickup',
      from: ['ASSIGNED'],
      to: 'EN_ROUTE_PICKUP',
      by: ON_THE_ROAD,
      prepare: takeEta,
      say: says('The rider is on the way to the shop'),
    },
    {
      event: 'arrive_at_pickup',
      from: ['EN_ROUTE_PICKUP'],
      to: 'ARRIVED_PICKUP',
      by: ON_THE_ROAD,
      prepare: takeEta,
      say: says('The rider is at the shop'),
    },
    {
      event: 'pick_up',
      from: ['ARRIVED_PICKUP'],
      to: 'PICKED_UP',
      by: ON_THE_ROAD,
      needs: 'the order is ready',
      prepare: checkOrder,
      effects: [dispatches],
      say: says('The rider has the parcel'),
    },
    {
      event: 'head_to_dropoff',
      from: ['PICKED_UP', 'ATTEMPT_FAILED'],
      to: 'EN_ROUTE_DROPOFF',
      by: ON_THE_ROAD,
      prepare: takeEta,
      say: says('The rider is on the way to the customer'),
    },
    {
      event: 'arrive_at_dropoff',
      from: ['EN_ROUTE_DROPOFF'],
      to: 'ARRIVED_DROPOFF',
      by: ON_THE_ROAD,
      say: says('The rider is at the door'),
    },
    {
      event: 'deliver',
      from: ['ARRIVED_DROPOFF'],
      to: 'DELIVERED',
      by: ON_THE_ROAD,
      needs: 'a rider with a photo, the right number or a signature',
      prepare: checkProof,
      effects: [delivers, letOutLater],
      say: says('The parcel was handed over'),
    },
    {
      event: 'fail_attempt',
      from: ['ARRIVED_DROPOFF', 'EN_ROUTE_DROPOFF'],
      to: 'ATTEMPT_FAILED',
      by: ON_THE_ROAD,
      prepare: ({ subject }) => void (subject.attempts += 1),
      say: ({ subject }) => `Nobody took the parcel (attempt ${subject.attempts})`,
    },
    { event: 'turn_back', from: ['ATTEMPT_FAILED'], to: 'RETURNING', by: ON_THE_ROAD, say: says('The rider brings the parcel back') },
    {
      event: 'hand_back',
      from: ['RETURNING'],
      to: 'RETURNED',
      by: ON_THE_ROAD,
      effects: [letOutLater],
      say: says('The parcel is back at the shop'),
    },
    { event: 'cancel', from: ['UNASSIGNED'], to: 'CANCELED', by: ['CUSTOMER'], say: says('The delivery was canceled') },
    {
      event: 'cancel',
      from: BEFORE_PICK_UP,
      to: 'CANCELED',
      by: ['PHARMACY_STAFF', 'SUPPORT_STAFF', 'ADMIN', 'SERVICE', 'SYSTEM'],
      effects: [letOutLater],
      say: says('The delivery was canceled'),
    },
  ],
};
