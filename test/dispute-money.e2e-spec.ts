import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DAY_MS, type Dispute, disputedMoney, anOrderTill, moved } from './support/disputed-money.js';
import { expectStepsAndMessagesToMatch, Till } from './support/money.js';
import { type Person, World } from './support/world.js';

let world: World;
let ana: Person, ben: Person, mia: Person, ada: Person, rita: Person, host: Person;
let till: Till;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, mia, ada, rita } = await world.people('ana', 'ben', 'mia', 'ada', 'rita'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  const room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [mia, 'MEDIATOR'],
    [ada, 'ADMIN'],
    [rita, 'OBSERVER'],
  ]);
  till = new Till(world, room, ana, ben, rita);
});

afterEach(() => expectStepsAndMessagesToMatch(world));

const { after, claim, open, say, agreeOn, judge } = disputedMoney(() => ({ world, till, claimant: ana, respondent: ben, mediator: mia }));

/** An order whose room is the till's own from now on. */
async function inAnOrder(): Promise<string> {
  const made = await anOrderTill(world, host, [ana, ben, mia, rita]);
  till = made.till;
  return made.orderId;
}

describe('money in dispute', () => {
  test('is neither released nor given back by anybody, and free again when the dispute is withdrawn', async () => {
    const payment = await till.pay('CAPTURED', { isEscrow: true });
    const escrow = { escrowHoldId: payment.escrow!.id };
    const wish = await world.do<{ id: string }>(ana, 'requestRefund', { paymentId: payment.id, amountMinor: 100 }, 'id');
    const dispute = await open(payment);
    expect(dispute.status).toBe('AWAITING_RESPONSE');
    expect((await till.see(payment)).isOnHold).toBe(true);
    for (const person of [ana, host]) expect(await world.refusal(person, 'releaseEscrow', escrow)).toBe('CONFLICT');
    for (const person of [ana, ben, mia, host]) {
      expect([person.name, await world.refusal(person, 'requestRefund', { paymentId: payment.id })]).toEqual([person.name, 'CONFLICT']);
    }
    for (const person of [ben, mia, host]) expect(await world.refusal(person, 'approveRefund', { refundId: wish.id })).toBe('CONFLICT');
    await say(ana, 'withdrawDispute', dispute);
    expect(moved(await till.see(payment))).toMatchObject({ status: 'CAPTURED', isOnHold: false, escrow: ['HELD', 0, 0] });
    await world.act(ben, 'approveRefund', { refundId: wish.id });
    await world.act(ana, 'releaseEscrow', escrow);
    await till.until('payment', 'PARTIALLY_REFUNDED');
    expect((await till.see(payment)).escrow).toMatchObject({ status: 'SPLIT', releasedMinor: 900, refundedMinor: 100 });
  });

  test('that is only authorised is not taken, also not called back by who would pay', async () => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL' });
    const dispute = await open(payment);
    for (const person of [ben, host]) expect(await world.refusal(person, 'capturePayment', { paymentId: payment.id })).toBe('CONFLICT');
    expect(await world.refusal(ana, 'cancelPayment', { paymentId: payment.id })).toBe('CONFLICT');
    await say(ana, 'withdrawDispute', dispute);
    await world.act(ben, 'capturePayment', { paymentId: payment.id });
    await till.until('payment', 'CAPTURED');
  });

  test('is free when nobody does anything about the dispute for twenty days', async () => {
    const payment = await till.pay('CAPTURED', { isEscrow: true });
    const dispute = await open(payment);
    await say(ben, 'respondToDispute', dispute);
    await after(19 * DAY_MS);
    expect((await till.see(payment)).isOnHold).toBe(true);
    await after(21 * DAY_MS);
    expect(moved(await till.see(payment))).toMatchObject({ isOnHold: false, escrow: ['HELD', 0, 0] });
  });

  test.each([
    ['decideDispute', { outcome: 'CLAIMANT' }, 1_000, ['REFUNDED', 0, 1_000]],
    ['decideDispute', { outcome: 'SPLIT', awardedMinor: 400 }, 400, ['SPLIT', 600, 400]],
    ['decideDispute', { outcome: 'RESPONDENT' }, 0, ['RELEASED', 1_000, 0]],
    ['dismissDispute', {}, 0, ['RELEASED', 1_000, 0]],
  ])('goes where %s %j sends it', async (mutation, verdict, refundedMinor, escrow) => {
    const payment = await till.pay('CAPTURED', { isEscrow: true });
    await judge(await open(payment), mutation, verdict);
    if (refundedMinor > 0) await till.until('refund', 'SUCCEEDED');
    const status = { 0: 'CAPTURED', 400: 'PARTIALLY_REFUNDED', 1000: 'REFUNDED' }[refundedMinor];
    expect(moved(await till.see(payment))).toEqual({ status, isOnHold: false, capturedMinor: 1_000, refundedMinor, escrow });
  });

  test.each([
    ['asked for in another currency', { currency: 'USD' }],
    ['asked for once more', {}],
  ])('goes where it was decided also when the respondent has something %s meanwhile', async (_, more) => {
    const orderId = await inAnOrder();
    const payment = await till.pay('CAPTURED', { isEscrow: true, contextKind: 'ORDER', contextId: orderId });
    const dispute = await open({ id: orderId }, { contextKind: 'ORDER' });
    const wish = { roomId: till.room.id, payerId: ana.id, amountMinor: 1, currency: 'EUR', contextKind: 'ORDER', contextId: orderId };
    await world.act(ben, 'initiatePayment', { ...wish, ...more });
    await judge(dispute, 'decideDispute', { outcome: 'CLAIMANT' });
    await till.until('refund', 'SUCCEEDED');
    expect(moved(await till.see(payment))).toMatchObject({ status: 'REFUNDED', isOnHold: false, escrow: ['REFUNDED', 0, 1_000] });
  });

  test('is decided upon in a room, too, where one payment of it has failed or is only asked for', async () => {
    await world.act(ben, 'initiatePayment', { roomId: till.room.id, payerId: ana.id, amountMinor: 1, currency: 'USD' });
    await till.pay('FAILED', { method: 'card_declined' });
    const payment = await till.pay('CAPTURED', { isEscrow: true });
    const dispute = await open({ id: till.room.id }, { contextKind: 'ROOM' });
    await judge(dispute, 'decideDispute', { outcome: 'SPLIT', awardedMinor: 400 });
    await till.until('refund', 'SUCCEEDED');
    expect(moved(await till.see(payment))).toMatchObject({ refundedMinor: 400, escrow: ['SPLIT', 600, 400] });
  });

  test('that cannot go where it was decided stays where it is, which the room is told and the bundle says', async () => {
    const payments = [await till.pay('CAPTURED', { isEscrow: true }), await till.pay('CAPTURED', { isEscrow: true })];
    const dispute = await open({ id: till.room.id }, { contextKind: 'ROOM' });
    await judge(dispute, 'decideDispute', { outcome: 'SPLIT', awardedMinor: 400 });
    for (const one of payments) expect(moved(await till.see(one))).toMatchObject({ isOnHold: false, escrow: ['HELD', 0, 0] });
    const told = await world.sql<{ content: string }>(
      `select m.content from messages m join transitions t on t.message_id = m.id where t.aggregate_id = $1 and t.event = 'fall_short'`,
      [dispute.id],
    );
    expect(told).toEqual([{ content: expect.stringMatching(/could not be carried out here.*: 4.00 EUR$/) }]);
    const query = 'query ($id: ID!) { dispute(id: $id) { status bundle { content } } }';
    const { dispute: seen } = await world
      .as(ana)
      .get<{ dispute: { status: string; bundle: { content: string } } }>(query, dispute as never);
    expect(seen.status).toBe('FINAL');
    expect(JSON.parse(seen.bundle.content)).toMatchObject({
      dispute: { status: 'FINAL', awardedMinor: 400 },
      steps: expect.arrayContaining([expect.objectContaining({ event: 'fall_short', payload: { missingMinor: 400 } })]) as object,
    });
  });

  const shortfalls = (dispute: { id: string }) =>
    world.sql<{ content: string; missing: number }>(
      `select m.content, (t.payload->>'missingMinor')::int as missing from messages m join transitions t on t.message_id = m.id
       where t.aggregate_id = $1 and t.event = 'fall_short'`,
      [dispute.id],
    );

  test('that the provider cannot give back is held again, which the room is told; what is held goes where somebody sends it', async () => {
    const payment = await till.pay('CAPTURED', { isEscrow: true, method: 'card_refund_fails' });
    const dispute = await open(payment);
    await judge(dispute, 'decideDispute', { outcome: 'SPLIT', awardedMinor: 400 });
    await till.until('refund', 'FAILED');
    expect(moved(await till.see(payment))).toMatchObject({ isOnHold: false, refundedMinor: 0, escrow: ['HELD', 600, 0] });
    expect(await shortfalls(dispute)).toEqual([{ content: expect.stringContaining('could not be carried out here'), missing: 400 }]);
    // More than is held: the rest of it the payee has, and gives back.
    const again = await world.do<{ id: string }>(host, 'requestRefund', { paymentId: payment.id, amountMinor: 500 }, 'id');
    expect((await till.see(payment)).escrow).toMatchObject({ status: 'SPLIT', releasedMinor: 600, refundedMinor: 400 });
    await till.until('refund', 'FAILED', again.id);
    await world.act(ana, 'releaseEscrow', { escrowHoldId: payment.escrow!.id });
    expect((await till.see(payment)).escrow).toMatchObject({ status: 'RELEASED', releasedMinor: 1_000, refundedMinor: 0 });
    const [last] = await world.sql(
      `select content from messages where room_id = $1 and content like '% released %' order by sequence desc`,
      [till.room.id],
    );
    expect(last).toEqual({ content: expect.stringContaining('released 4.00 EUR to the payee') });
  });

  test('that the payer agreed to and that cannot be taken from them is missing, which the room is told', async () => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL', method: 'card_capture_fails' });
    const dispute = await world.do<Dispute>(ben, 'openDispute', { ...claim(payment), against: ana.id }, 'id status offers { id }');
    await say(ana, 'acceptDisputeClaim', dispute);
    await till.until('payment', 'FAILED');
    expect(await shortfalls(dispute)).toMatchObject([{ missing: 1_000 }]);
  });

  test('that was only authorised is the payee’s when it was decided so, and not kept in escrow for ever', async () => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL', isEscrow: true });
    await agreeOn(await open(payment), 400);
    await till.until('escrow', 'RELEASED');
    expect(moved(await till.see(payment))).toEqual({
      ...{ status: 'CAPTURED', isOnHold: false, capturedMinor: 600, refundedMinor: 0, escrow: ['RELEASED', 600, 0] },
    });
  });

  test('that nobody claimed stays the payee’s, and what went back before does not go back again', async () => {
    const payment = await till.pay('CAPTURED');
    await world.act(ben, 'requestRefund', { paymentId: payment.id, amountMinor: 300 });
    await till.until('payment', 'PARTIALLY_REFUNDED');
    await agreeOn(await open(payment, { amountMinor: 600 }), 500);
    await till.until('refund', 'SUCCEEDED');
    const { refunds } = await till.see(payment);
    expect(refunds.map(({ amountMinor }) => amountMinor).sort()).toEqual([300, 500]);
  });

  test.each([
    ['the whole claim', 1_000, { status: 'CANCELED', capturedMinor: 0 }],
    ['a part of it', 400, { status: 'CAPTURED', capturedMinor: 600 }],
  ])('that is only authorised goes where an agreement on %s sends it', async (_, part, end) => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL' });
    const dispute = await open(payment);
    if (part === 1_000) await say(ben, 'acceptDisputeClaim', dispute);
    else await agreeOn(dispute, part);
    await till.until('payment', end.status, payment.id);
    expect(moved(await till.see(payment))).toEqual({ ...end, isOnHold: false, refundedMinor: 0, escrow: null });
  });

  test('whose authorisation ends meanwhile does not keep the dispute from its end', async () => {
    const payment = await till.pay('AUTHORIZED', { captureMode: 'MANUAL' });
    const dispute = await open(payment);
    await judge(dispute, 'decideDispute', { outcome: 'CLAIMANT' });
    expect(moved(await till.see(payment))).toMatchObject({ status: 'CANCELED', isOnHold: false, capturedMinor: 0 });
    const [row] = await world.sql('select status from disputes where id = $1', [dispute.id]);
    expect(row).toEqual({ status: 'FINAL' });
  });

  test('is nobody else’s to agree on: who is neither its payer nor its payee accepts a claim, and it stays where it is', async () => {
    const orderId = await inAnOrder();
    const payment = await till.pay('CAPTURED', { isEscrow: true, payeeId: rita.id, contextKind: 'ORDER', contextId: orderId });
    await say(ben, 'acceptDisputeClaim', await open({ id: orderId }, { contextKind: 'ORDER' }));
    expect(moved(await till.see(payment))).toMatchObject({ status: 'CAPTURED', isOnHold: false, refundedMinor: 0, escrow: ['HELD', 0, 0] });
    expect((await till.see(payment)).refunds).toEqual([]);
  });

  test('is claimed in its own currency, and no more of it than is there', async () => {
    const payment = await till.pay('CAPTURED');
    for (const wrong of [{ currency: 'USD' }, { amountMinor: 1_001 }]) {
      expect([wrong, await world.refusal(ana, 'openDispute', claim(payment, wrong))]).toEqual([wrong, 'BAD_USER_INPUT']);
    }
    const own = { openedBy: ana.id, externalRef: till.room.id };
    expect(await world.refusal(host, 'createDispute', claim(payment, { amountMinor: 2_000, ...own }))).toBe('BAD_USER_INPUT');
    expect(await world.refusal(host, 'openDispute', claim(payment))).toBe('FORBIDDEN');
    expect((await till.see(payment)).isOnHold).toBe(false);
    await open(payment);
  });
});
