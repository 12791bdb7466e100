import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Payment as PaymentEntity } from '../src/integrations/payments/payment/payment.entity.js';
import { chargebackMachine } from '../src/integrations/payments/settlement/chargeback.machine.js';
import { WEBHOOK } from '../src/transitions/machine/machine.js';
import { Transitions } from '../src/transitions/transitions.service.js';
import { DAY_MS, type Dispute, disputedMoney, anOrderTill, moved } from './support/disputed-money.js';
import { expectStepsAndMessagesToMatch, type Payment, type Till } from './support/money.js';
import { aChargeback } from './support/payments.js';
import { type Person, World } from './support/world.js';

const HOUR_MS = DAY_MS / 24;

let world: World;
let ana: Person, ben: Person, mia: Person, rita: Person, host: Person;
let till: Till;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, mia, rita } = await world.people('ana', 'ben', 'mia', 'rita'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(() => world.setTime(new Date()));

afterEach(() => expectStepsAndMessagesToMatch(world));

const { after, open, say, judge } = disputedMoney(() => ({ world, till, claimant: ana, respondent: ben, mediator: mia }));

describe('the order of what is in dispute', () => {
  /** Delivered, of somebody who pays for it. */
  async function delivered(status: string, more: object): Promise<{ orderId: string; payment: Payment }> {
    const made = await anOrderTill(world, host, [ana, ben, mia, rita]);
    till = made.till;
    const { orderId } = made;
    const payment = await till.pay(status, { contextKind: 'ORDER', contextId: orderId, ...more });
    for (const event of ['accept', 'start', 'ready', 'dispatch', 'deliver']) {
      await world.act(host, 'updateOrderStatus', { orderId, event });
    }
    return { orderId, payment };
  }
  const statusOf = async (id: string) => (await world.sql('select status from orders where id = $1', [id]))[0]!['status'];

  test('waits past its time, begins to wait anew when the dispute is over, and is then paid for', async () => {
    const { orderId, payment } = await delivered('AUTHORIZED', { captureMode: 'MANUAL' });
    const dispute = await open({ id: orderId }, { contextKind: 'ORDER' });
    expect((await till.see(payment)).isOnHold).toBe(true);
    await say(ben, 'respondToDispute', dispute);
    await after(73 * HOUR_MS);
    expect(await statusOf(orderId)).toBe('DELIVERED');
    await say(ana, 'withdrawDispute', dispute);
    await after((73 + 71) * HOUR_MS);
    expect(await statusOf(orderId)).toBe('DELIVERED');
    await after((73 + 73) * HOUR_MS);
    expect(await statusOf(orderId)).toBe('COMPLETED');
    await till.until('payment', 'CAPTURED');
  });

  test('gives all of it back when it is returned, out of escrow', async () => {
    const { orderId, payment } = await delivered('CAPTURED', { isEscrow: true });
    await world.act(host, 'updateOrderStatus', { orderId, event: 'return', reason: 'nobody was there' });
    await till.until('payment', 'REFUNDED');
    expect(moved(await till.see(payment))).toMatchObject({ refundedMinor: 1_000, escrow: ['REFUNDED', 0, 1_000] });
  });

  test.each([
    ['withdrawn', (dispute: Dispute) => say(ana, 'withdrawDispute', dispute)],
    ['expired', () => after(21 * DAY_MS)],
  ])('gives all of it back that was held when it was returned, once the dispute is %s', async (_, endIt) => {
    const { orderId, payment } = await delivered('CAPTURED', { isEscrow: true });
    const dispute = await open({ id: orderId }, { contextKind: 'ORDER' });
    await say(ben, 'respondToDispute', dispute);
    await world.act(host, 'updateOrderStatus', { orderId, event: 'return', reason: 'nobody was there' });
    expect(moved(await till.see(payment))).toMatchObject({ status: 'CAPTURED', isOnHold: true, refundedMinor: 0 });
    await endIt(dispute);
    await till.until('payment', 'REFUNDED');
    expect(moved(await till.see(payment))).toMatchObject({ isOnHold: false, refundedMinor: 1_000, escrow: ['REFUNDED', 0, 1_000] });
  });

  test('keeps to what was decided, also where it was returned meanwhile', async () => {
    const { orderId, payment } = await delivered('CAPTURED', { isEscrow: true });
    const dispute = await open({ id: orderId }, { contextKind: 'ORDER' });
    await world.act(host, 'updateOrderStatus', { orderId, event: 'return', reason: 'nobody was there' });
    await judge(dispute, 'decideDispute', { outcome: 'SPLIT', awardedMinor: 400 });
    await till.until('refund', 'SUCCEEDED');
    expect(moved(await till.see(payment))).toMatchObject({ refundedMinor: 400, escrow: ['SPLIT', 600, 400] });
  });

  test('gives back what a bank has held when the bank leaves it to a payee whose order is off', async () => {
    const { orderId, payment } = await delivered('CAPTURED', {});
    const chargeback = await aChargeback(
      world,
      await world.nodes[0]!.app.get(DataSource).manager.findOneByOrFail(PaymentEntity, { id: payment.id }),
      'WARNING_NEEDS_RESPONSE',
    );
    const hear = (event: string) => world.nodes[0]!.app.get(Transitions).move(chargebackMachine, WEBHOOK, chargeback.id, { event });
    await hear('needs_response');
    await world.act(host, 'updateOrderStatus', { orderId, event: 'return', reason: 'nobody was there' });
    expect((await till.see(payment)).refunds).toEqual([]);
    await hear('won');
    await till.until('payment', 'REFUNDED');
  });
});
