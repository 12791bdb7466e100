import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JOB } from './support/jobs.js';
import { Till } from './support/money.js';
import { type Person, type Room, World } from './support/world.js';

const DAY_MS = 86_400_000;
const AGREED_MINOR = 1_000;

let world: World;
let poster: Person, ben: Person, support: Person;
let jobId: string;
let till: Till;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ poster, ben } = await world.people('poster', 'ben'));
  support = await world.person('support', 'SUPPORT');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  const job = await world.do<{ id: string; room: Room }>(poster, 'createJob', { ...JOB, isEscrow: true }, 'id room { id code }');
  jobId = job.id;
  await world.act(poster, 'publishJob', { jobId });
  const offer = await world.do<{ id: string }>(ben, 'makeJobOffer', { jobId, amountMinor: AGREED_MINOR }, 'id');
  await world.act(poster, 'acceptJobOffer', { offerId: offer.id });
  till = new Till(world, job.room, poster, ben, poster);
});

const promise = (more: object = {}) => till.pay('AUTHORIZED', { captureMode: 'MANUAL', contextKind: 'JOB', contextId: jobId, ...more });
const take = (person: Person, mutation: string, more: object = {}) => world.act(person, mutation, { jobId, ...more });
const inDays = (days: number) => world.setTime(new Date(Date.now() + days * DAY_MS));
const cancel = (paymentId: string) => world.refusal(poster, 'cancelPayment', { paymentId });

describe('work for which money was promised', () => {
  test('starts only when all of it is there', async () => {
    await promise({ amountMinor: 999 });
    expect(await world.refusal(ben, 'startJob', { jobId })).toBe('CONFLICT');
    await promise({ amountMinor: 1 });
    await take(ben, 'startJob');
  });

  test('is paid for however long it takes: the money is taken when it starts, held, and released when it is complete', async () => {
    const payment = await promise();
    await take(ben, 'startJob');
    await till.until('escrow', 'HELD');
    expect(await cancel(payment.id)).toBe('ILLEGAL_TRANSITION');
    await inDays(8);
    expect(await till.see(payment)).toMatchObject({ status: 'CAPTURED', escrow: { status: 'HELD', releasedMinor: 0 } });
    await take(ben, 'submitJob');
    await take(poster, 'requestRevision', { reason: 'The gate, too' });
    await take(ben, 'startJob');
    await take(ben, 'submitJob');
    await take(poster, 'completeJob');
    expect((await till.see(payment)).escrow).toMatchObject({ status: 'RELEASED', releasedMinor: AGREED_MINOR });
  });

  test('keeps its poster from calling the money back as soon as somebody has it, but for what is too much', async () => {
    const [payment, tooMuch] = [await promise(), await promise({ amountMinor: 300 })];
    expect(await cancel(tooMuch.id)).toBe('OK');
    expect(await cancel(payment.id)).toBe('CONFLICT');
    expect((await till.see(payment)).status).toBe('AUTHORIZED');
    await take(poster, 'cancelJob');
    expect((await till.see(payment)).status).toBe('CANCELED');
  });

  test('gives it back when both or support end it early', async () => {
    const payment = await promise();
    for (const mutation of ['startJob', 'submitJob']) await take(ben, mutation);
    await till.until('escrow', 'HELD');
    await take(support, 'cancelJob', { reason: 'They quarrel' });
    await till.until('payment', 'REFUNDED');
    expect(await till.see(payment)).toMatchObject({ refundedMinor: AGREED_MINOR });
  });

  test('does not start on a promise that has ended meanwhile', async () => {
    const payment = await promise();
    await inDays(8);
    expect((await till.see(payment)).status).toBe('CANCELED');
    expect(await world.refusal(ben, 'startJob', { jobId })).toBe('CONFLICT');
  });

  test('has also what is promised in the middle of it taken and held', async () => {
    await promise();
    await take(ben, 'startJob');
    const more = await till.pay('CAPTURED', { captureMode: 'MANUAL', contextKind: 'JOB', contextId: jobId });
    expect(more.escrow).toMatchObject({ status: 'HELD' });
  });

  test('gives back what a dispute held when its worker had withdrawn meanwhile', async () => {
    const payment = await promise();
    const claim = { contextKind: 'PAYMENT', contextId: payment.id, against: ben.id, reason: 'NO_SHOW', desired: 'REFUND' };
    const dispute = await world.do<{ id: string }>(poster, 'openDispute', { roomId: till.room.id, ...claim }, 'id');
    await take(ben, 'withdrawFromJob');
    expect((await till.see(payment)).status).toBe('AUTHORIZED');
    await world.act(poster, 'withdrawDispute', { disputeId: dispute.id });
    expect((await till.see(payment)).status).toBe('CANCELED');
  });
});
