import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { anAppointmentIn } from './support/appointments.js';
import { aJobIn } from './support/jobs.js';
import { anOrderIn } from './support/orders.js';
import { aChargeback, anEscrow, aPayment, aRefund } from './support/payments.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let ana: Person, ben: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start();
  ({ ana, ben } = await world.people('ana', 'ben'));
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
  ]);
});

afterAll(() => world.stop());

test.each([
  ['order', async () => (await anOrderIn(world, room.id, ana.id, 'one')).order],
  ['job', async () => (await aJobIn(world, room.id, [ana.id, ben.id], 'one')).job],
  ['appointment', async () => (await anAppointmentIn(world, room.id, { practitioner: ben.id, patient: ana.id }, 'one')).appointment],
])('the payments for an %s are told with it, the newest first, and none of a room that is not for the viewer', async (kind, make) => {
  const contextId = await make();
  const { cid, dan } = await world.people('cid', 'dan');
  const elsewhere = await world.room([
    [cid, 'CUSTOMER'],
    [dan, 'WORKER'],
  ]);
  const about = { contextKind: kind as never, contextId };
  const first = await aPayment(world, { room, payer: ana, payee: ben }, 'CAPTURED', about);
  const second = await aPayment(world, { room, payer: ana, payee: ben }, 'FAILED', about);
  await aPayment(world, { room, payer: ana, payee: ben }, 'CAPTURED');
  const hidden = await aPayment(world, { room: elsewhere, payer: cid, payee: dan }, 'CAPTURED', about);
  const query = `query ($id: ID!) { thing: ${kind}(id: $id) { payments { id status } } }`;
  const seen = async (person: Person) =>
    (await world.as(person).get<{ thing: { payments: { id: string }[] } }>(query, { id: contextId })).thing;
  expect((await seen(ana)).payments).toEqual([
    { id: second.id, status: 'FAILED' },
    { id: first.id, status: 'CAPTURED' },
  ]);
  const host = await world.person('host', 'SERVICE');
  expect((await seen(host)).payments.map(({ id }) => id)).toEqual([hidden.id, second.id, first.id]);
});

test('a refund, an escrow and a chargeback are found by their ids', async () => {
  const payment = await aPayment(world, { room, payer: ana, payee: ben }, 'CAPTURED');
  const refund = await aRefund(world, payment, 'REQUESTED');
  const escrow = await anEscrow(world, payment, 'HELD');
  const chargeback = await aChargeback(world, payment, 'LOST');
  const query = `query ($refund: ID!, $escrow: ID!, $chargeback: ID!) {
    refund(id: $refund) { status paymentId } escrow(id: $escrow) { status paymentId } chargeback(id: $chargeback) { status paymentId } }`;
  const ids = { refund: refund.id, escrow: escrow.id, chargeback: chargeback.id };
  expect(await world.as(ben).get(query, ids)).toEqual({
    refund: { status: 'REQUESTED', paymentId: payment.id },
    escrow: { status: 'HELD', paymentId: payment.id },
    chargeback: { status: 'LOST', paymentId: payment.id },
  });
});

test('who listens to a payment hears also when its refund or its escrow has moved, and not when that of another has', async () => {
  const [payment, other] = [
    await aPayment(world, { room, payer: ana, payee: ben }, 'CAPTURED'),
    await aPayment(world, { room, payer: ana, payee: ben }, 'CAPTURED'),
  ];
  const escrow = await anEscrow(world, payment, 'HELD');
  const heard = world
    .as(ben)
    .subscribe<{ paymentUpdated: { refunds: { status: string }[]; escrow: { status: string } } }>(
      'subscription ($id: ID!) { paymentUpdated(id: $id) { refunds { status } escrow { status } } }',
      { id: payment.id },
    );
  expect(await heard.next()).toEqual({ paymentUpdated: { refunds: [], escrow: { status: 'HELD' } } });
  await world.act(ana, 'requestRefund', { paymentId: other.id, amountMinor: 5 });
  const { id: refundId } = await world.do<{ id: string }>(ana, 'requestRefund', { paymentId: payment.id, amountMinor: 10 }, 'id');
  expect(await heard.next()).toEqual({ paymentUpdated: { refunds: [{ status: 'REQUESTED' }], escrow: { status: 'HELD' } } });
  await world.act(ben, 'declineRefund', { refundId, reason: 'no' });
  expect(await heard.next()).toEqual({ paymentUpdated: { refunds: [{ status: 'CANCELED' }], escrow: { status: 'HELD' } } });
  await world.act(ana, 'releaseEscrow', { escrowHoldId: escrow.id });
  expect(await heard.next()).toEqual({ paymentUpdated: { refunds: [{ status: 'CANCELED' }], escrow: { status: 'RELEASED' } } });
});
