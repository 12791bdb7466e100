import { afterAll, beforeAll } from '@jest/globals';
import { newId } from '../src/common/values/ids.js';
import { chargebackMachine } from '../src/integrations/payments/settlement/chargeback.machine.js';
import { escrowMachine } from '../src/integrations/payments/payment/escrow.machine.js';
import { type EscrowHold, EscrowStatus } from '../src/integrations/payments/payment/escrow-hold.entity.js';
import { PaymentStatus } from '../src/integrations/payments/payment/payment.entity.js';
import { paymentMachine } from '../src/integrations/payments/payment/payment.machine.js';
import { Providers } from '../src/integrations/payments/provider/providers.service.js';
import { type Refund, RefundStatus } from '../src/integrations/payments/settlement/refund.entity.js';
import { refundMachine } from '../src/integrations/payments/settlement/refund.machine.js';
import { testCells } from './support/cells.js';
import { aChargeback, aPayment, anEscrow, aRefund } from './support/payments.js';
import { answerOf, type Rule } from './support/rules.js';
import { testWalk } from './support/walk.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let payer: Person, payee: Person;
let actors: Record<string, Person>;
let room: Room;
/** It takes its time over whatever it is asked, so that only the tests say what it said. */
const bank = Promise.withResolvers<never>();

beforeAll(async () => {
  world = await World.start();
  const named = (name: string) => world.person(name);
  [payer, payee] = [await named('payer'), await named('payee')];
  const ask = () => bank.promise;
  world.nodes[0]!.app.get(Providers).named = () => ({
    name: 'slow',
    create: ask,
    retrieve: ask,
    capture: ask,
    cancel: ask,
    refund: ask,
    findRefund: ask,
  });
  const staff = await world.people('SUPPORT_STAFF', 'MEDIATOR', 'OBSERVER', 'ADMIN');
  actors = { payer, payee, ...staff, SERVICE: await world.person('Host', 'SERVICE') };
  room = await world.room([
    [payer, 'CUSTOMER'],
    [payee, 'WORKER'],
    ...Object.entries(staff).map(([role, person]): [Person, string] => [person, role]),
  ]);
});

afterAll(async () => {
  bank.reject(new Error('the bank is closed'));
  await world.stop();
});

const many = <Item>(count: number, make: () => Promise<Item>) => Promise.all(Array.from({ length: count }, make));
const payment = (status: string) => aPayment(world, { room, payer, payee }, status);

const PROVIDER = 'SERVICE SYSTEM';
const UNPAID = 'INITIATED REQUIRES_ACTION PROCESSING';
const OPEN = 'REQUESTED INITIATED REQUIRES_ACTION FAILED AUTHORIZED';
const HOLDABLE = `${OPEN} PROCESSING CAPTURED PARTIALLY_REFUNDED REFUNDED`;

const PAYMENT_RULES: Rule[] = [
  ['REQUESTED', 'accept', 'payer'],
  ['INITIATED', 'open', PROVIDER],
  ['INITIATED', 'require_action', PROVIDER],
  ['INITIATED REQUIRES_ACTION', 'process', PROVIDER],
  [`${UNPAID} FAILED`, 'authorize', PROVIDER],
  [`${UNPAID} FAILED AUTHORIZED CANCELED`, 'succeed', PROVIDER],
  [UNPAID, 'fail', PROVIDER],
  ['FAILED', 'retry', 'payer'],
  ['AUTHORIZED', 'capture', `payee ${PROVIDER}`],
  [OPEN, 'cancel', `payer payee SUPPORT_STAFF TIMER ${PROVIDER}`],
  [`${UNPAID} FAILED AUTHORIZED`, 'void', PROVIDER],
  ['CAPTURED PARTIALLY_REFUNDED', 'refund', 'SYSTEM'],
  ['PARTIALLY_REFUNDED REFUNDED', 'take_refund_back', 'SYSTEM'],
  [HOLDABLE, 'hold', 'SYSTEM'],
  [`${HOLDABLE} CANCELED`, 'lift', 'SYSTEM'],
];
const HELD = { aggregate: 'dispute', aggregateId: newId() };

testCells('a payment', Object.values(PaymentStatus), () => ({
  world,
  machine: paymentMachine,
  actors,
  make: async (status, count) => {
    const made = await many(count, () => payment(status));
    // What will go back has been set aside.
    if (['CAPTURED', 'PARTIALLY_REFUNDED'].includes(status)) {
      await world.sql('update payments set reserved_minor = 100 where id = any($1)', [made.map(({ id }) => id)]);
    }
    return made;
  },
  mutations: {
    accept: { name: 'acceptPayment', input: ({ id }) => ({ paymentId: id }) },
    cancel: { name: 'cancelPayment', input: ({ id }) => ({ paymentId: id }) },
    capture: { name: 'capturePayment', input: ({ id }) => ({ paymentId: id }) },
    retry: { name: 'retryPayment', input: ({ id }) => ({ paymentId: id }) },
  },
  payloads: {
    succeed: { capturedMinor: 1_000 },
    refund: { amountMinor: 100 },
    take_refund_back: { amountMinor: 100 },
    hold: HELD,
    lift: HELD,
  },
  // Nothing holds the money of these.
  expected: (cell) => {
    const answer = answerOf(PAYMENT_RULES)(cell);
    return cell.event === 'lift' && answer === 'OK' ? 'CONFLICT' : answer;
  },
}));

const DECIDERS = 'payee SUPPORT_STAFF MEDIATOR SERVICE SYSTEM';
const REFUND_RULES: Rule[] = [
  ['REQUESTED', 'approve', DECIDERS, 'APPROVED'],
  ['REQUESTED', 'decline', DECIDERS, 'CANCELED'],
  ['APPROVED', 'submit', PROVIDER, 'PENDING'],
  ['APPROVED PENDING', 'succeed', PROVIDER, 'SUCCEEDED'],
  ['APPROVED PENDING SUCCEEDED', 'fail', PROVIDER, 'FAILED'],
  ['APPROVED PENDING', 'cancel', PROVIDER, 'CANCELED'],
];

const refunds = () => ({
  world,
  machine: refundMachine,
  actors,
  make: (status: string, count: number) =>
    many(count, async () => aRefund(world, await payment(status === 'SUCCEEDED' ? 'PARTIALLY_REFUNDED' : 'CAPTURED'), status)),
  mutations: {
    approve: { name: 'approveRefund', input: ({ id }: Refund) => ({ refundId: id }) },
    decline: { name: 'declineRefund', input: ({ id }: Refund) => ({ refundId: id, reason: 'It was delivered' }) },
  },
  expected: answerOf(REFUND_RULES),
});

testCells('a refund', Object.values(RefundStatus), refunds);
testWalk('a refund', () => ({
  ...refunds(),
  rules: REFUND_RULES,
  start: 'REQUESTED',
  shown: ({ paymentId }, fields) => `payment(id: "${paymentId}") { refunds { ${fields} } }`,
}));

const ESCROW_RULES: Rule[] = [
  ['HELD', 'release', 'payer SUPPORT_STAFF SERVICE SYSTEM', 'RELEASED SPLIT'],
  ['HELD', 'give_back', 'SYSTEM', 'HELD REFUNDED SPLIT'],
  ['HELD REFUNDED SPLIT', 'take_back', 'SYSTEM', 'HELD'],
];
const [HELD_MINOR, PART_MINOR] = [1_000, 250];

const escrows = () => ({
  world,
  machine: escrowMachine,
  actors,
  make: async (status: string, count: number) => {
    const made = await many(count, async () => anEscrow(world, await payment('CAPTURED'), status));
    // A part has been given back.
    if (status === 'HELD') {
      await world.sql('update escrow_holds set refunded_minor = $2 where id = any($1)', [made.map(({ id }) => id), PART_MINOR]);
    }
    return made;
  },
  mutations: { release: { name: 'releaseEscrow', input: ({ id }: EscrowHold) => ({ escrowHoldId: id }) } },
  payloads: { give_back: { amountMinor: PART_MINOR }, take_back: { amountMinor: PART_MINOR } },
  expected: answerOf(ESCROW_RULES),
});

testCells('an escrow', Object.values(EscrowStatus), escrows);
testWalk('an escrow', () => ({
  ...escrows(),
  rules: ESCROW_RULES,
  start: 'HELD',
  shown: ({ paymentId }, fields) => `payment(id: "${paymentId}") { escrow { ${fields} } }`,
  model: () => {
    let [refundedMinor, releasedMinor] = [PART_MINOR, 0];
    return {
      leadsTo: ({ event }) => {
        if (event === 'release') return refundedMinor > 0 ? 'SPLIT' : 'RELEASED';
        if (event === 'give_back') {
          if (refundedMinor + releasedMinor + PART_MINOR < HELD_MINOR) return 'HELD';
          return releasedMinor > 0 ? 'SPLIT' : 'REFUNDED';
        }
        // Nothing comes back that has not gone.
        return refundedMinor < PART_MINOR ? null : 'HELD';
      },
      take: ({ event }) => {
        if (event === 'release') releasedMinor = HELD_MINOR - refundedMinor;
        refundedMinor += { release: 0, give_back: PART_MINOR }[event] ?? -PART_MINOR;
      },
    };
  },
}));

/** By how far they go: each is reached from all before it. */
const CHARGEBACKS = [
  ...['WARNING_NEEDS_RESPONSE', 'WARNING_UNDER_REVIEW', 'WARNING_CLOSED', 'NEEDS_RESPONSE', 'UNDER_REVIEW', 'PREVENTED', 'LOST', 'WON'],
];
const CHARGEBACK_RULES = [
  ...CHARGEBACKS.map((status, at): Rule => [CHARGEBACKS.slice(0, at).join(' '), status.toLowerCase(), PROVIDER, status]),
  [CHARGEBACKS.join(' '), 'amend', PROVIDER] satisfies Rule,
];

const chargebacks = () => ({
  world,
  machine: chargebackMachine,
  actors,
  make: (status: string, count: number) => many(count, async () => aChargeback(world, await payment('CAPTURED'), status)),
  mutations: {},
  expected: answerOf(CHARGEBACK_RULES.slice(1)),
});

testCells('a chargeback', CHARGEBACKS, chargebacks);
testWalk('a chargeback', () => ({
  ...chargebacks(),
  rules: CHARGEBACK_RULES.slice(1),
  start: 'WARNING_NEEDS_RESPONSE',
  shown: ({ paymentId }, fields) => `payment(id: "${paymentId}") { chargebacks { ${fields} } }`,
}));
