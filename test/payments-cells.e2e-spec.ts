import { afterAll, beforeAll } from '@jest/globals';
import { escrowMachine } from '../src/integrations/payments/payment/escrow.machine.js';
import { EscrowStatus } from '../src/integrations/payments/payment/escrow-hold.entity.js';
import { PaymentStatus } from '../src/integrations/payments/payment/payment.entity.js';
import { paymentMachine } from '../src/integrations/payments/payment/payment.machine.js';
import { RefundStatus } from '../src/integrations/payments/settlement/refund.entity.js';
import { refundMachine } from '../src/integrations/payments/settlement/refund.machine.js';
import { testCells } from './support/cells.js';
import { aPayment, anEscrow, aRefund } from './support/payments.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let payer: Person, payee: Person;
let actors: Record<string, Person>;
let room: Room;

beforeAll(async () => {
  world = await World.start();
  const {
    payer: one,
    payee: other,
    support,
    mediator,
    onlooker,
    boss,
  } = await world.people(...(['payer', 'payee', 'support', 'mediator', 'onlooker', 'boss'] as const));
  const host = await world.person('Host', 'SERVICE');
  [payer, payee] = [one, other];
  actors = { payer, payee, support, mediator, onlooker, boss, host };
  room = await world.room([
    [payer, 'CUSTOMER'],
    [payee, 'WORKER'],
    [support, 'SUPPORT_STAFF'],
    [mediator, 'MEDIATOR'],
    [onlooker, 'OBSERVER'],
    [boss, 'ADMIN'],
  ]);
});

afterAll(() => world.stop());

const many = <Item>(count: number, make: () => Promise<Item>) => Promise.all(Array.from({ length: count }, make));

interface Row {
  may: string[];
  from: string[];
}

/** What the domain says, without looking at the machine: who ever may, and from which states. */
const expectedBy =
  (rows: Record<string, Row>) =>
  ({ status, event, actor }: { status: string; event: string; actor: string }): string => {
    const { may, from } = rows[event]!;
    if (!may.includes(actor)) return 'FORBIDDEN';
    return from.includes(status) ? 'OK' : 'ILLEGAL_TRANSITION';
  };

testCells('a payment', Object.values(PaymentStatus), () => ({
  world,
  machine: paymentMachine,
  actors,
  make: (status, count) => many(count, () => aPayment(world, { room, payer, payee }, status)),
  mutations: {
    accept: { name: 'acceptPayment', input: ({ id }) => ({ paymentId: id }) },
    cancel: { name: 'cancelPayment', input: ({ id }) => ({ paymentId: id }) },
    capture: { name: 'capturePayment', input: ({ id }) => ({ paymentId: id }) },
    retry: { name: 'retryPayment', input: ({ id }) => ({ paymentId: id }) },
  },
  expected: expectedBy({
    accept: { may: ['payer'], from: ['REQUESTED'] },
    cancel: { may: ['payer', 'payee', 'support', 'host'], from: ['REQUESTED', 'INITIATED', 'REQUIRES_ACTION', 'FAILED', 'AUTHORIZED'] },
    capture: { may: ['payee', 'host'], from: ['AUTHORIZED'] },
    retry: { may: ['payer'], from: ['FAILED'] },
  }),
}));

testCells('a refund', Object.values(RefundStatus), () => ({
  world,
  machine: refundMachine,
  actors,
  make: (status, count) => many(count, async () => aRefund(world, await aPayment(world, { room, payer, payee }, 'CAPTURED'), status)),
  mutations: {
    approve: { name: 'approveRefund', input: ({ id }) => ({ refundId: id }) },
    decline: { name: 'declineRefund', input: ({ id }) => ({ refundId: id, reason: 'It was delivered' }) },
  },
  expected: expectedBy({
    approve: { may: ['payee', 'support', 'mediator', 'host'], from: ['REQUESTED'] },
    decline: { may: ['payee', 'support', 'mediator', 'host'], from: ['REQUESTED'] },
  }),
}));

testCells('an escrow', Object.values(EscrowStatus), () => ({
  world,
  machine: escrowMachine,
  actors,
  make: (status, count) => many(count, async () => anEscrow(world, await aPayment(world, { room, payer, payee }, 'CAPTURED'), status)),
  mutations: { release: { name: 'releaseEscrow', input: ({ id }) => ({ escrowHoldId: id }) } },
  expected: expectedBy({ release: { may: ['payer', 'support', 'host'], from: ['HELD'] } }),
}));
