import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Payment, Till } from './support/money.js';
import { type Person, type Room, World } from './support/world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;
let ana: Person, ben: Person, rita: Person, host: Person;

beforeAll(async () => {
  world = await World.start();
  ({ ana, ben, rita } = await world.people('ana', 'ben', 'rita'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

/** An hour ahead: by the time of day itself no bell rings. */
beforeEach(() => world.setTime(new Date(Date.now() + HOUR_MS)));
const arrives = () => world.setTime(new Date(Date.now() + HOUR_MS + MINUTE_MS));

/** An order, and a payment for it that the bank takes its time over. */
async function ordered(more: object) {
  const order = { customerId: ana.id, items: [{ name: 'Soap' }], totalMinor: 1_000, currency: 'EUR' };
  const { id, room } = await world.do<{ id: string; room: Room }>(host, 'placeOrder', order, 'id room { id code }');
  await world.act(host, 'addParticipant', { roomId: room.id, userId: ben.id, role: 'WORKER' });
  await world.act(host, 'addParticipant', { roomId: room.id, userId: rita.id, role: 'RIDER' });
  const till = new Till(world, room, ana, ben, rita);
  const payment = await till.pay('PROCESSING', { method: 'bank_late', contextKind: 'ORDER', contextId: id, ...more });
  const take = (event: string) => world.act(host, 'updateOrderStatus', { orderId: id, event });
  return { id, till, payment, take };
}

describe('a payment that is still on its way when its order ends', () => {
  test('goes back from one that was cancelled, and what is begun afterwards does not', async () => {
    const { id, till, payment, take } = await ordered({});
    await take('cancel');
    expect(await till.see(payment)).toMatchObject({ status: 'PROCESSING' });
    await arrives();
    await till.until('payment', 'REFUNDED', payment.id);
    expect(await till.see(payment)).toMatchObject({ capturedMinor: 1_000, refundedMinor: 1_000 });
    const fee: Payment = await till.pay('CAPTURED', { contextKind: 'ORDER', contextId: id, amountMinor: 200 });
    expect(fee).toMatchObject({ status: 'CAPTURED', refunds: [] });
  });

  test('is called off with one that was cancelled where it is only authorised', async () => {
    const { till, payment, take } = await ordered({ captureMode: 'MANUAL' });
    await take('cancel');
    await arrives();
    await till.until('payment', 'CANCELED', payment.id);
    expect(await till.see(payment)).toMatchObject({ status: 'CANCELED', capturedMinor: 0 });
  });

  test.each([
    ['captured', { captureMode: 'MANUAL' }, 'payment', 'CAPTURED'],
    ['released', { isEscrow: true }, 'escrow', 'RELEASED'],
  ])('is %s for one that was completed', async (_, more, aggregate, status) => {
    const { till, take } = await ordered(more);
    for (const event of ['accept', 'start', 'ready', 'dispatch', 'deliver', 'complete']) await take(event);
    await arrives();
    await till.until(aggregate, status);
  });
});

test('a payment that is still on its way when its job is cancelled goes back', async () => {
  const job = { title: 'Paint the fence', budgetMinor: 1_000, currency: 'EUR' };
  const { id: jobId, room } = await world.do<{ id: string; room: Room }>(ana, 'createJob', job, 'id room { id code }');
  await world.act(ana, 'publishJob', { jobId });
  const offer = await world.do<{ id: string }>(ben, 'makeJobOffer', { jobId, amountMinor: 1_000 }, 'id');
  await world.act(ana, 'acceptJobOffer', { offerId: offer.id });
  const till = new Till(world, room, ana, ben, ana);
  const payment = await till.pay('PROCESSING', { method: 'bank_late', contextKind: 'JOB', contextId: jobId });
  await world.act(ana, 'cancelJob', { jobId });
  await arrives();
  await till.until('payment', 'REFUNDED', payment.id);
  expect(await till.see(payment)).toMatchObject({ capturedMinor: 1_000, refundedMinor: 1_000 });
});
