import { MessageKind } from '../timeline/log/message.entity.js';
import type { Effect, Guard, Machine, Move } from '../transitions/machine/machine.js';
import { Order } from './order.entity.js';

const SHOP = ['PHARMACY_STAFF', 'WORKER', 'PRACTITIONER'] as const;
const DESK = ['PHARMACY_STAFF', 'SUPPORT_STAFF', 'ADMIN'] as const;
const BEFORE_WORK = ['PLACED', 'AWAITING_PRESCRIPTION', 'CONFIRMED'] as const;

const says =
  (what: string) =>
  ({ actorName, subject }: Move<Order>): string =>
    what
      .replace(/^\$it/, `Order #${subject.number}`)
      .replace('$it', `order #${subject.number}`)
      .replace('$who', () => actorName);

/** Of that which needs a prescription, the approval is the confirmation. */
const needsNoPrescription: Guard<Order> = {
  says: 'only where no prescription is needed',
  holds: ({ requiresPrescription }) => !requiresPrescription,
  code: 'CONFLICT',
};

const isNotHeld: Guard<Order> = { says: 'not while something is in dispute', holds: ({ isHeld }) => !isHeld, code: 'CONFLICT' };

const closeLater: Effect<Order> = {
  says: 'the room closes some days later',
  run: (move) => move.schedule('order.close', new Date(move.at.getTime() + move.config.orderCloseMs)),
};

/**
 * What happens to an order between the counter and the door. The host (SERVICE) may make every step of it; a rider moves it by their
 * delivery (SYSTEM) only, which asks for a proof.
 */
export const orderMachine: Machine<Order> = {
  name: 'order',
  entity: Order,
  kind: MessageKind.ORDER_UPDATE,
  facts: ({ number }) => ({ orderNumber: number }),
  words: ({ subject }) => ({ number: subject.number }),
  steps: [
    { event: 'place', from: [], to: 'PLACED', by: ['CUSTOMER', 'SERVICE'], say: says('$who placed $it') },
    {
      event: 'request_rx',
      from: ['PLACED'],
      to: 'AWAITING_PRESCRIPTION',
      by: ['PHARMACY_STAFF', 'SERVICE'],
      say: says('$who asked for the prescription of $it'),
    },
    {
      event: 'approve_rx',
      from: ['AWAITING_PRESCRIPTION'],
      to: 'CONFIRMED',
      by: ['PHARMACY_STAFF', 'SERVICE'],
      say: says('$who approved the prescription and confirmed $it'),
    },
    {
      event: 'reject_rx',
      from: ['AWAITING_PRESCRIPTION'],
      to: 'REJECTED',
      by: ['PHARMACY_STAFF', 'SERVICE'],
      effects: [closeLater],
      say: says('$who did not accept the prescription of $it'),
    },
    {
      event: 'accept',
      from: ['PLACED'],
      to: 'CONFIRMED',
      by: [...SHOP, 'SERVICE'],
      guard: needsNoPrescription,
      say: says('$who confirmed $it'),
    },
    {
      event: 'reject',
      from: ['PLACED'],
      to: 'REJECTED',
      by: SHOP,
      needsReason: true,
      effects: [closeLater],
      say: says('$who rejected $it'),
    },
    {
      event: 'reject',
      from: ['PLACED'],
      to: 'REJECTED',
      by: ['SERVICE', 'TIMER'],
      effects: [closeLater],
      say: says('$it was rejected'),
    },
    { event: 'start', from: ['CONFIRMED'], to: 'PREPARING', by: [...SHOP, 'SERVICE'], say: says('$who is preparing $it') },
    { event: 'ready', from: ['CONFIRMED', 'PREPARING'], to: 'READY', by: [...SHOP, 'SERVICE'], say: says('$it is ready') },
    {
      event: 'dispatch',
      from: ['READY'],
      to: 'OUT_FOR_DELIVERY',
      by: ['SERVICE', 'SYSTEM'],
      say: says('$it is on its way'),
    },
    {
      event: 'deliver',
      from: ['OUT_FOR_DELIVERY'],
      to: 'DELIVERED',
      by: ['SERVICE', 'SYSTEM'],
      say: says('$it was delivered'),
    },
    {
      event: 'complete',
      from: ['DELIVERED'],
      to: 'COMPLETED',
      by: ['CUSTOMER', 'SERVICE', 'TIMER'],
      guard: isNotHeld,
      effects: [closeLater],
      say: says('$it is complete'),
    },
    { event: 'cancel', from: BEFORE_WORK, to: 'CANCELED', by: ['CUSTOMER'], effects: [closeLater], say: says('$who canceled $it') },
    {
      event: 'cancel',
      from: [...BEFORE_WORK, 'PREPARING', 'READY'],
      to: 'CANCELED',
      by: DESK,
      needsReason: true,
      effects: [closeLater],
      say: says('$who canceled $it'),
    },
    {
      event: 'cancel',
      from: [...BEFORE_WORK, 'PREPARING', 'READY'],
      to: 'CANCELED',
      by: ['SERVICE'],
      effects: [closeLater],
      say: says('$it was canceled'),
    },
    {
      event: 'return',
      from: ['OUT_FOR_DELIVERY', 'DELIVERED'],
      to: 'RETURNED',
      by: ['SUPPORT_STAFF'],
      needsReason: true,
      effects: [closeLater],
      say: says('$who took $it back'),
    },
    {
      event: 'return',
      from: ['OUT_FOR_DELIVERY', 'DELIVERED'],
      to: 'RETURNED',
      by: ['SERVICE'],
      effects: [closeLater],
      say: says('$it came back'),
    },
  ],
  deadlines: [
    {
      in: ['PLACED'],
      event: 'reject',
      due: (_, at, { orderAcceptMs }) => new Date(at.getTime() + orderAcceptMs),
      says: 'nobody took it in time (ORDER_ACCEPT_HOURS)',
    },
    {
      in: ['DELIVERED'],
      event: 'complete',
      due: ({ isHeld }, at, { orderCompleteMs }) => (isHeld ? null : new Date(at.getTime() + orderCompleteMs)),
      says: 'the customer had time to complain and did not (ORDER_COMPLETE_HOURS)',
    },
  ],
};
