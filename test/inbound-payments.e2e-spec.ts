import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aSender, keptOf, post, type Sender, signed, tell, untilMerged } from './support/inbound.js';
import { expectOneEnd, LONG, type Story } from './support/inbound-stories.js';
import { DETAILS } from './support/orders.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person, ana: Person, pia: Person;
let shop: Sender;

beforeAll(async () => {
  world = await World.start({}, 2);
  ({ ana, pia } = await world.people('ana', 'pia'));
  boss = await world.person('boss', 'ADMIN');
  shop = await aSender(world, boss);
});

afterAll(() => world.stop());

const place = () => ['order.place', { customer: { id: ana.id }, staff: [{ id: pia.id }], ...DETAILS }] as const;
const plan = (externalRef: string) => ({
  order: { externalRef },
  payer: { id: ana.id },
  payee: { externalId: pia.externalId },
  amountMinor: 900,
  currency: 'EUR',
});
const part = (externalRef: string, amountMinor: number) => ({ payment: { externalRef }, amountMinor });
const byHost = { authority: 'HOST' };

const GIVEN_BACK: Story = (ref) => [
  place(),
  ['payment.initiate', { ...plan(ref), ...byHost }],
  ['payment.succeed', { capturedMinor: 800 }],
  ['refund.record', part(ref, 300)],
  ['refund.succeed'],
];
const CHARGED_BACK: Story = (ref) => [
  place(),
  ['payment.initiate', { ...plan(ref), ...byHost, captureMode: 'MANUAL' }],
  ['payment.authorize'],
  ['payment.succeed'],
  ['chargeback.needs_response', part(ref, 900)],
  ['chargeback.won', part(ref, 900)],
];

const state = `
select p.external_ref as ref, p.status, p.captured_minor::int as captured, p.refunded_minor::int as refunded, p.holds, p.host_version as heard,
  r.status as refund, c.status as chargeback
from payments p left join refunds r on r.payment_id = p.id left join chargebacks c on c.payment_id = p.id where p.external_ref = any($1)`;

const partly = { status: 'PARTIALLY_REFUNDED', captured: 800, refunded: 300, holds: 0, heard: null, refund: 'SUCCEEDED', chargeback: null };
const kept = { status: 'CAPTURED', captured: 900, refunded: 0, holds: 0, heard: 3, refund: null, chargeback: 'WON' };

test.each([
  ['a payment that the host takes and gives back in part', { story: GIVEN_BACK, hasVersions: false, end: [partly], steps: 6 }],
  ['one that a bank took back and returned', { story: CHARGED_BACK, first: 2, hasVersions: true, end: [kept], steps: null }],
])(
  'the events of %s lead to one end in every order, and however often',
  (_what, telling) => expectOneEnd(world, shop, { ...telling, state }),
  LONG,
);

const lastKept = async () => (await keptOf(world, boss, shop)).at(-1)!;
const say = async (type: string, externalRef: string, more: object = {}) => {
  expect(await tell(world, shop, { type, data: { externalRef, ...more } })).toBe(202);
  await untilMerged(world);
};
const paymentOf = async (externalRef: string) =>
  (
    await world.sql<{ id: string; status: string; provider: string; context_kind: string }>(
      'select * from payments where external_ref = $1',
      [externalRef],
    )
  )[0]!;
const initiated = async (more: object = {}) => {
  const ref = randomUUID();
  const [type, order] = place();
  await say(type, ref, order);
  await say('payment.initiate', ref, { ...plan(ref), ...more });
  return ref;
};

describe('a payment that a provider moves', () => {
  test('is begun there by the word of the host, and called off', async () => {
    const ref = await initiated({ captureMode: 'MANUAL' });
    expect(await paymentOf(ref)).toMatchObject({ provider: 'sandbox', context_kind: 'order' });
    await say('payment.cancel', ref);
    expect(await paymentOf(ref)).toMatchObject({ status: 'CANCELED' });
  });

  test.each([
    ['payment.authorize', {}],
    ['payment.succeed', { capturedMinor: 900 }],
    ['payment.fail', { failureCode: 'card_declined' }],
    ['payment.void', {}],
    ['refund.record', 'of the payment'],
    ['chargeback.needs_response', 'of the payment'],
  ])('is not moved by %s of the host: that is the word of the provider', async (type, told) => {
    const ref = await initiated({ captureMode: 'MANUAL' });
    await say(type, ref, typeof told === 'string' ? part(ref, 100) : told);
    expect(await lastKept()).toMatchObject({ type, status: 'QUARANTINED', errorCode: 'FORBIDDEN', isWaiting: false });
    const { id, status } = await paymentOf(ref);
    // The sandbox authorises what is begun there.
    expect(['INITIATED', 'AUTHORIZED']).toContain(status);
    expect(await world.sql('select id from refunds where payment_id = $1', [id])).toEqual([]);
  });
});

describe('money that the host moves itself', () => {
  test('fails with its code, and is held and released in escrow by our name of it', async () => {
    const failed = await initiated(byHost);
    await say('payment.fail', failed, { failureCode: 'insufficient_funds' });
    expect(await paymentOf(failed)).toMatchObject({ status: 'FAILED', failure_code: 'insufficient_funds' });

    const ref = await initiated({ ...byHost, isEscrow: true });
    await say('payment.succeed', ref);
    const [escrow] = await world.sql<{ id: string }>('select id from escrow_holds where payment_id = $1', [(await paymentOf(ref)).id]);
    expect(await tell(world, shop, { type: 'escrow.release', data: { id: escrow!.id } })).toBe(202);
    await untilMerged(world);
    expect(await world.sql('select status, released_minor::int as released from escrow_holds where id = $1', [escrow!.id])).toEqual([
      { status: 'RELEASED', released: 900 },
    ]);
  });

  test('is charged back until a day that the bank names later, with an amount that it corrects', async () => {
    const ref = await initiated(byHost);
    await say('payment.succeed', ref);
    await say('chargeback.warning_needs_response', ref, part(ref, 900));
    const shown = async () => {
      const rows = 'select status, amount_minor::int as amount, due_by, bank_reason as reason from chargebacks where external_ref = $1';
      return (await world.sql<object>(rows, [ref]))[0];
    };
    expect(await shown()).toEqual({ status: 'WARNING_NEEDS_RESPONSE', amount: 900, due_by: null, reason: null });
    const dueBy = '2027-01-15T08:00:00.000Z';
    await say('chargeback.amend', ref, { dueBy });
    expect(await shown()).toMatchObject({ status: 'WARNING_NEEDS_RESPONSE', amount: 900, due_by: new Date(dueBy) });
    await say('chargeback.needs_response', ref, { ...part(ref, 700), bankReason: 'fraudulent' });
    expect(await shown()).toEqual({ status: 'NEEDS_RESPONSE', amount: 700, due_by: new Date(dueBy), reason: 'fraudulent' });
    await say('chargeback.lost', ref);
    expect(await shown()).toMatchObject({ status: 'LOST', amount: 700, due_by: new Date(dueBy) });
  });

  test('is never more than the payment', async () => {
    const ref = await initiated(byHost);
    await say('payment.succeed', ref, { capturedMinor: 901 });
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'BAD_USER_INPUT' });
    await say('payment.succeed', ref, { capturedMinor: 900 });
    await say('refund.record', randomUUID(), part(ref, 901));
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'CONFLICT', isWaiting: true });
    expect(await paymentOf(ref)).toMatchObject({ status: 'CAPTURED' });
  });

  test('is paid between people of one room, and waits until they are there', async () => {
    const [ref, late] = [randomUUID(), await world.person('late')];
    const [type, order] = place();
    await say(type, ref, order);
    await say('payment.initiate', ref, { ...plan(ref), ...byHost, payee: { id: late.id } });
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'CONFLICT', isWaiting: true });
    const [found] = await world.sql<{ room_id: string }>('select room_id from orders where external_ref = $1', [ref]);
    await world.act(await world.person('host', 'SERVICE'), 'addParticipant', {
      roomId: found!.room_id,
      userId: late.id,
      role: 'PHARMACY_STAFF',
    });
    await say('order.accept', ref);
    expect(await paymentOf(ref)).toMatchObject({ status: 'INITIATED' });
  });

  test.each([
    ['what it is for', { order: undefined }, 'data'],
    ['one thing that it is for', { room: { id: randomUUID() } }, 'data'],
    ['a currency that there is', { currency: 'XYZ' }, 'data.currency'],
  ])('needs %s', async (_what, wrong, field) => {
    const externalRef = randomUUID();
    const body = JSON.stringify({
      type: 'payment.initiate',
      timestamp: new Date().toISOString(),
      data: { externalRef, ...plan(externalRef), ...wrong },
    });
    expect(await post(world, shop, signed(shop.secret, randomUUID(), body), body)).toMatchObject({
      status: 400,
      answer: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field } }] },
    });
  });
});
