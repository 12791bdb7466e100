import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { setClock } from './support/clock.js';
import { aSender, tell } from './support/inbound.js';
import { startTestNode } from './support/node.js';
import { DETAILS } from './support/orders.js';
import type { StripeApi } from './support/stripe-api.js';
import { eventually, NEW, OLD, type Row, settingsFor, StripeWorld } from './support/stripe-world.js';
import { type Person, SECRET, type World } from './support/world.js';

let stripe: StripeWorld;
let api: StripeApi;
let world: World;
let ana: Person, ben: Person;

const settings = () => ({ ...settingsFor(api), JWT_SECRET: SECRET });

beforeAll(async () => {
  stripe = await StripeWorld.start();
  ({ api, world, ana, ben } = stripe);
});

afterAll(() => stripe.stop());

beforeEach(() => stripe.newRoom());

const rowOf = (id: string): Promise<Row> => stripe.rowOf(id);
const pay = (more: object = {}): Promise<Row> => stripe.pay(more);
const post = (event: { body: string; signature: string }): Promise<Response> => stripe.post(event);
const merged = (): Promise<void> => stripe.merged();
const intentAs = (ref: string, more: object): object => stripe.intentAs(ref, more);

describe('Stripe', () => {
  test('is told by a job, again with the same key after it was away, and its secret reaches the payer', async () => {
    api.failures = 1;
    const before = api.calls.length;
    const payment = await pay();
    const keys = api.calls.slice(before).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
    const query = 'query ($id: ID!) { payment(id: $id) { status clientSecret provider } }';
    expect(await world.as(ana).get(query, { id: payment.id })).toEqual({
      payment: { status: 'INITIATED', clientSecret: `${payment.provider_ref}_secret_hush`, provider: 'stripe' },
    });
  });

  test('tells its secret to the payer also where its answer was lost and its event came first', async () => {
    api.lost = 1;
    const input = { roomId: stripe.room.id, payeeId: ben.id, amountMinor: 1_000, currency: 'EUR' };
    const { id } = await world.do<{ id: string }>(ana, 'initiatePayment', input, 'id');
    const intentOf = () => [...api.intents.values()].find(({ metadata }) => (metadata as { parley_payment: string }).parley_payment === id);
    const intent = await eventually(
      () => Promise.resolve(intentOf()),
      (made) => made !== undefined,
    );
    expect((await post(api.event('payment_intent.created', intent!, { secret: NEW }))).status).toBe(202);
    const told = await eventually(
      () => rowOf(id),
      ({ client_secret }) => client_secret !== null,
    );
    expect(told).toMatchObject({ client_secret: `${intent!.id}_secret_hush`, provider_ref: intent!.id });
    expect([...api.intents.values()].filter(({ metadata }) => (metadata as { parley_payment: string }).parley_payment === id)).toHaveLength(
      1,
    );
  });

  test('is asked again and again, less and less often, as long as a payment is under way', async () => {
    const { id, provider_ref: ref } = await pay();
    await post(api.event('payment_intent.processing', intentAs(ref, { status: 'processing' }), { secret: NEW }));
    await merged();
    api.intents.get(ref)!.status = 'processing';
    const asked = () => api.calls.filter(({ path }) => path === `/v1/payment_intents/${ref}`).length;
    for (const [at, hours] of [1.1, 2.3].entries()) {
      await world.setTime(new Date(Date.now() + hours * 3_600_000));
      await eventually(
        () => Promise.resolve(asked()),
        (count) => count > at,
      );
    }
    Object.assign(api.intents.get(ref)!, { status: 'succeeded', amount_received: 1_000 });
    await world.setTime(new Date(Date.now() + 24 * 3_600_000));
    await eventually(
      () => rowOf(id),
      ({ status }) => status === 'CAPTURED',
    );
    await world.setTime(new Date());
  });

  test('is believed by its signature only: of either secret, not too old, over these bytes', async () => {
    const { provider_ref: ref } = await pay();
    const object = intentAs(ref, { status: 'processing' });
    const good = api.event('payment_intent.processing', object, { secret: NEW });
    const stale = api.event('payment_intent.processing', object, { secret: NEW, at: Math.floor(Date.now() / 1_000) - 301 });
    const foreign = api.event('payment_intent.processing', object, { secret: 'whsec_other' });
    const before = await world.sql('select count(*)::int as n from inbound_events');
    for (const wrong of [stale, foreign, { ...good, body: `${good.body} ` }, { ...good, signature: '' }])
      expect((await post(wrong)).status).toBe(401);
    expect(await world.sql('select count(*)::int as n from inbound_events')).toEqual(before);
    expect((await post(good)).status).toBe(202);
    expect((await post(api.event('payment_intent.created', object, { secret: OLD }))).status).toBe(202);
    await merged();
  });

  test('captures and refunds, and a refund of which it tells before the capture asks it how things stand', async () => {
    const { id, provider_ref: ref } = await pay({ captureMode: 'MANUAL' });
    const intent = api.intents.get(ref)!;
    intent.status = 'requires_capture';
    await post(api.event('payment_intent.amount_capturable_updated', intent, { secret: NEW }));
    await merged();
    await world.act(ben, 'capturePayment', { paymentId: id });
    await eventually(
      () => rowOf(id),
      ({ status }) => status === 'CAPTURED',
    );
    const other = await pay();
    Object.assign(api.intents.get(other.provider_ref)!, { status: 'succeeded', amount_received: 1_000 });
    const refund = {
      id: `re_x${other.id}`,
      object: 'refund',
      amount: 250,
      currency: 'eur',
      status: 'succeeded',
      payment_intent: other.provider_ref,
      metadata: {},
    };
    await post(api.event('refund.updated', refund, { secret: NEW }));
    await post(api.event('refund.created', { ...refund, status: 'pending' }, { secret: NEW }));
    await merged();
    expect(await rowOf(other.id)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refunded_minor: 250 });
  });

  test('counts some currencies in another way than ISO 4217, and both sides understand the same', async () => {
    const { id, provider_ref: ref } = await pay({ amountMinor: 5_000, currency: 'UGX' });
    expect(api.intents.get(ref)).toMatchObject({ amount: 500_000, currency: 'ugx' });
    await post(api.event('payment_intent.succeeded', intentAs(ref, { status: 'succeeded', amount_received: 500_000 }), { secret: NEW }));
    await merged();
    expect(await rowOf(id)).toMatchObject({ status: 'CAPTURED', captured_minor: 5_000 });
    const fine = { roomId: stripe.room.id, payeeId: ben.id, amountMinor: 5_124, currency: 'KWD' };
    const { id: refused } = await world.do<{ id: string }>(ana, 'initiatePayment', fine, 'id');
    const row = await eventually(
      () => rowOf(refused),
      ({ status }) => status === 'FAILED',
    );
    expect(row).toMatchObject({ failure_code: 'amount_too_fine', provider_ref: null });
  });

  test('is told of a refund once, whose end it tells later', async () => {
    const { id, provider_ref: ref } = await pay();
    await post(api.event('payment_intent.succeeded', intentAs(ref, { status: 'succeeded', amount_received: 1_000 }), { secret: NEW }));
    await merged();
    const { id: refundId } = await world.do<{ id: string }>(ben, 'requestRefund', { paymentId: id, amountMinor: 400 }, 'id');
    const row = await eventually(
      () => world.sql<{ status: string; provider_ref: string }>('select status, provider_ref from refunds where id = $1', [refundId]),
      ([refund]) => refund?.status === 'PENDING',
    );
    const told = {
      id: row[0]!.provider_ref,
      object: 'refund',
      amount: 400,
      currency: 'eur',
      payment_intent: ref,
      metadata: { parley_refund: refundId },
    };
    await post(api.event('refund.failed', { ...told, status: 'failed', failure_reason: 'lost_or_stolen_card' }, { secret: NEW }));
    await post(api.event('refund.updated', { ...told, status: 'succeeded' }, { secret: NEW }));
    await merged();
    expect(await rowOf(id)).toMatchObject({ status: 'CAPTURED', refunded_minor: 0, reserved_minor: 0 });
  });

  test('tells later until when evidence is taken, which everybody in the room hears once', async () => {
    const { id, provider_ref: ref } = await pay();
    await post(api.event('payment_intent.succeeded', intentAs(ref, { status: 'succeeded', amount_received: 1_000 }), { secret: NEW }));
    await merged();
    const dispute = { id: `dp_${id}`, object: 'dispute', payment_intent: ref, currency: 'eur', reason: 'general' };
    const say = async (amount: number, due_by: number | null, created: number) => {
      const told = { ...dispute, status: 'warning_needs_response', amount, evidence_details: { due_by } };
      await post(api.event('charge.dispute.updated', told, { secret: NEW, created }));
      await merged();
      const query = 'query ($id: ID!) { payment(id: $id) { chargebacks { status amountMinor dueBy } } }';
      return (await world.as(ben).get<{ payment: { chargebacks: unknown[] } }>(query, { id })).payment.chargebacks;
    };
    const warned = { status: 'WARNING_NEEDS_RESPONSE', amountMinor: 1_000, dueBy: null };
    expect(await say(1_000, null, 1)).toEqual([warned]);
    const due = { ...warned, amountMinor: 900, dueBy: '2027-01-15T08:00:00.000Z' };
    expect(await say(900, 1_800_000_000, 3)).toEqual([due]);
    expect(await say(900, 1_800_000_000, 4)).toEqual([due]);
    expect(await say(1_000, null, 2)).toEqual([due]);
    const told = await world.sql<{ content: string }>(
      `select m.content from transitions t join messages m on m.id = t.message_id where t.room_id = $1 and t.event = 'amend'`,
      [stripe.room.id],
    );
    expect(told).toEqual([{ content: "The payer's bank speaks of 9.00 EUR and takes evidence until 2027-01-15" }]);
  });

  test('is asked for a refund that it may have made before it is told again, once its keys are forgotten', async () => {
    const { id, provider_ref: ref } = await pay();
    await post(api.event('payment_intent.succeeded', intentAs(ref, { status: 'succeeded', amount_received: 1_000 }), { secret: NEW }));
    await merged();
    api.lost = 1;
    const { id: refundId } = await world.do<{ id: string }>(ben, 'requestRefund', { paymentId: id, amountMinor: 400 }, 'id');
    const ofPayment = () => [...api.refunds.values()].filter((refund) => refund['payment_intent'] === ref);
    while (ofPayment().length === 0) await setTimeout(20);
    api.forgetKeys();
    setClock(world.nodes[0]!, () => new Date(Date.now() + 25 * 3_600_000));
    const [row] = await eventually(
      () => world.sql<{ status: string; provider_ref: string }>('select status, provider_ref from refunds where id = $1', [refundId]),
      ([refund]) => refund?.status === 'PENDING',
    );
    setClock(world.nodes[0]!);
    expect(ofPayment().map((refund) => refund['id'])).toEqual([row!.provider_ref]);
  });

  test('that hangs holds up nothing else, and a node that stops does not wait for it', async () => {
    const calls = api.calls.length;
    api.hangs = true;
    const input = { roomId: stripe.room.id, payeeId: ben.id, amountMinor: 1_000, currency: 'EUR' };
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) ids.push((await world.do<{ id: string }>(ana, 'initiatePayment', input, 'id')).id);
    while (api.calls.length < calls + 3) await setTimeout(20);
    const shop = await aSender(world, await world.person('boss', 'ADMIN'));
    const externalRef = randomUUID();
    const order = { externalRef, customer: { id: ana.id }, staff: [{ id: ben.id }], ...DETAILS };
    await tell(world, shop, { type: 'order.place', data: order });
    await eventually(
      () => world.sql('select 1 from orders where external_ref = $1', [externalRef]),
      (placed) => placed.length === 1,
    );
    expect((await Promise.all(ids.map(rowOf))).map(({ client_secret }) => client_secret)).toEqual(ids.map(() => null));

    const [hanging] = world.nodes.splice(0, 1);
    const begun = performance.now();
    await hanging!.close();
    expect(performance.now() - begun).toBeLessThan(5_000);
    api.hangs = false;
    world.nodes.push(await startTestNode(world.database, settings()));
    const paid = await eventually(
      () => Promise.all(ids.map(rowOf)),
      (rows) => rows.every(({ client_secret }) => client_secret !== null),
    );
    expect(new Set(paid.map(({ provider_ref }) => provider_ref)).size).toBe(5);
  });

  test('mirrors a chargeback, which holds the money until the bank has left it', async () => {
    const { id, provider_ref: ref } = await pay();
    await post(api.event('payment_intent.succeeded', intentAs(ref, { status: 'succeeded', amount_received: 1_000 }), { secret: NEW }));
    await merged();
    const dispute = { id: `dp_${id}`, object: 'dispute', payment_intent: ref, amount: 1_000, currency: 'eur', reason: 'fraudulent' };
    const say = async (status: string) => {
      await post(api.event('charge.dispute.updated', { ...dispute, status, evidence_details: { due_by: 1_800_000_000 } }, { secret: NEW }));
      await merged();
      return (await rowOf(id)).holds;
    };
    expect(await say('needs_response')).toBe(1);
    expect(await say('warning_needs_response')).toBe(1);
    expect(await say('under_review')).toBe(1);
    expect(await say('won')).toBe(0);
    expect(await world.sql('select status from chargebacks where payment_id = $1', [id])).toEqual([{ status: 'WON' }]);
    const query = 'query ($id: ID!) { payment(id: $id) { chargebacks { dueBy bankReason } } }';
    expect(await world.as(ben).get(query, { id })).toEqual({
      payment: { chargebacks: [{ dueBy: new Date(1_800_000_000_000).toISOString(), bankReason: 'fraudulent' }] },
    });
  });
});
