import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ParleyError } from '../src/common/errors/errors.js';
import { paymentMachine } from '../src/integrations/payments/payment/payment.machine.js';
import { Providers } from '../src/integrations/payments/provider/providers.service.js';
import { WEBHOOK } from '../src/transitions/machine/machine.js';
import { Transitions } from '../src/transitions/transitions.service.js';
import { expectStepsAndMessagesToMatch, Till } from './support/money.js';
import { aPayment } from './support/payments.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let ana: Person, ben: Person, rita: Person;
let room: Room;
let till: Till;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, rita } = await world.people('ana', 'ben', 'rita'));
});

afterAll(() => world.stop());

beforeEach(async () => {
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [rita, 'OBSERVER'],
  ]);
  till = new Till(world, room, ana, ben, rita);
});

describe('a payment', () => {
  test('is moved by who has seen it as it is, and once under a key', async () => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL' });
    const capture = { paymentId: payment.id, amountMinor: 600, idempotencyKey: room.id };
    expect(await world.refusal(ben, 'capturePayment', { ...capture, expectedVersion: payment.version - 1 })).toBe('STALE_VERSION');
    const codes = await Promise.all(Array.from({ length: 5 }, () => world.refusal(ben, 'capturePayment', capture)));
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'OK'));
    expect(await world.refusal(ben, 'capturePayment', { ...capture, amountMinor: 500 })).toBe('IDEMPOTENCY_CONFLICT');
    await till.until('payment', 'CAPTURED');
    // Authorised, taken by the payee, taken at the bank.
    expect(await till.see(payment)).toMatchObject({ version: payment.version + 2, capturedMinor: 600 });
  });

  test('is given back by who has seen it as it is, and once under a key', async () => {
    const payment = await till.pay('CAPTURED');
    const input = { paymentId: payment.id, amountMinor: 400 };
    const part = { ...input, expectedVersion: payment.version, idempotencyKey: room.id };
    expect(await world.refusal(ben, 'requestRefund', { ...input, expectedVersion: payment.version - 1 })).toBe('STALE_VERSION');
    const refund = await world.do(ben, 'requestRefund', part, 'id');
    await till.until('payment', 'PARTIALLY_REFUNDED');
    expect(await world.refusal(ben, 'requestRefund', { ...input, expectedVersion: payment.version })).toBe('STALE_VERSION');
    expect(await world.do(ben, 'requestRefund', part, 'id')).toEqual(refund);
    expect(await till.see(payment)).toMatchObject({ refundedMinor: 400, refunds: [{ amountMinor: 400, status: 'SUCCEEDED' }] });
  });

  test('is listed by its room, the newest first, to who is in the room', async () => {
    const [first, second] = [await till.pay('CAPTURED'), await till.pay('CAPTURED')];
    const query = 'query ($id: ID!) { room(id: $id) { payments { id status } } }';
    const { room: seen } = await world.as(rita).get<{ room: { payments: unknown } }>(query, { id: room.id });
    expect(seen.payments).toEqual([second, first].map(({ id }) => ({ id, status: 'CAPTURED' })));
    const stranger = await world.person('stranger');
    expect(await world.as(stranger).refusal(query, { id: room.id })).toBe('NOT_FOUND');
  });

  test('that the bank does not give when it is taken has failed, and can be tried again', async () => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL', method: 'card_capture_fails' });
    await world.act(ben, 'capturePayment', { paymentId: payment.id });
    await till.until('payment', 'FAILED');
    expect(await till.see(payment)).toMatchObject({ status: 'FAILED', capturedMinor: 0 });
    expect(await world.refusal(ben, 'retryPayment', { paymentId: payment.id })).toBe('FORBIDDEN');
    await world.act(ana, 'retryPayment', { paymentId: payment.id });
  });

  test('that was cancelled, and is paid after all, goes back whole', async () => {
    const payment = await till.pay('REQUIRES_ACTION', { method: 'card_3ds' });
    const query = 'query ($id: ID!) { payment(id: $id) { clientSecret } }';
    const { clientSecret } = (await world.as(ana).get<{ payment: { clientSecret: string } }>(query, { id: payment.id })).payment;
    await world.act(ben, 'cancelPayment', { paymentId: payment.id });
    await fetch(`${world.nodes[0]!.url}/payments/sandbox/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientSecret }),
    });
    await till.until('payment', 'REFUNDED');
    expect(await till.see(payment)).toMatchObject({
      capturedMinor: 1_000,
      refundedMinor: 1_000,
      refunds: [{ status: 'SUCCEEDED', amountMinor: 1_000 }],
    });
  });
});

const UNPAID = ['INITIATED', 'REQUIRES_ACTION', 'PROCESSING'];
const OPEN = ['REQUESTED', 'INITIATED', 'REQUIRES_ACTION', 'FAILED', 'AUTHORIZED'];

/** The payments of the requirements, written down again: from where, to where, and by which mutation unless it is the provider's word. */
const RULES: Record<string, { from: string[]; to: string; by?: ['ana' | 'ben', string] }> = {
  accept: { from: ['REQUESTED'], to: 'INITIATED', by: ['ana', 'acceptPayment'] },
  retry: { from: ['FAILED'], to: 'INITIATED', by: ['ana', 'retryPayment'] },
  capture: { from: ['AUTHORIZED'], to: 'PROCESSING', by: ['ben', 'capturePayment'] },
  cancel: { from: OPEN, to: 'CANCELED', by: ['ben', 'cancelPayment'] },
  require_action: { from: ['INITIATED'], to: 'REQUIRES_ACTION' },
  process: { from: ['INITIATED', 'REQUIRES_ACTION'], to: 'PROCESSING' },
  authorize: { from: [...UNPAID, 'FAILED'], to: 'AUTHORIZED' },
  succeed: { from: [...UNPAID, 'FAILED', 'AUTHORIZED', 'CANCELED'], to: 'CAPTURED' },
  fail: { from: UNPAID, to: 'FAILED' },
  void: { from: [...UNPAID, 'FAILED', 'AUTHORIZED'], to: 'CANCELED' },
};

test('steps at random lead where the rules say, each with one message', async () => {
  const { app } = world.nodes[0]!;
  // A provider that never answers, so that only the walk says what it said.
  const silent = () =>
    Promise.resolve({ ref: null, status: 'INITIATED' as const, capturedMinor: 0, failureCode: null, clientSecret: null });
  const refund = () => Promise.resolve({ ref: null, status: 'PENDING' as const, failureCode: null });
  const findRefund = () => Promise.resolve(null);
  const calls = { create: silent, retrieve: silent, capture: silent, cancel: silent, refund, findRefund };
  app.get(Providers).named = () => ({ name: 'silent', ...calls });
  const said = (id: string, event: string) =>
    app
      .get(Transitions)
      .move(paymentMachine, WEBHOOK, id, { event })
      .then(
        () => 'OK',
        ({ code }: ParleyError) => code,
      );
  const rare = new Set(['succeed', 'void', 'cancel']);
  const events = Object.keys(RULES).flatMap((event) => (rare.has(event) ? [event] : [event, event, event]));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...events), { minLength: 10, maxLength: 40 }), async (walk) => {
      const { id } = await aPayment(world, { room, payer: ana, payee: ben }, 'REQUESTED');
      let [status, version] = ['REQUESTED', 1];
      for (const event of walk) {
        const { from, to, by } = RULES[event]!;
        const got = by ? await world.refusal({ ana, ben }[by[0]], by[1], { paymentId: id }) : await said(id, event);
        const isLegal = from.includes(status);
        expect([status, event, got]).toEqual([status, event, isLegal ? 'OK' : 'ILLEGAL_TRANSITION']);
        if (isLegal) [status, version] = [to, version + 1];
        expect(await world.sql('select status, version from payments where id = $1', [id])).toEqual([{ status, version }]);
      }
      const [told] = await world.sql(`select count(*)::int from messages where metadata->>'aggregateId' = $1`, [id]);
      expect(told).toEqual({ count: version - 1 });
    }),
    { numRuns: 12 },
  );
  await expectStepsAndMessagesToMatch(world);
});
