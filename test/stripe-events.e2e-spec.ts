import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEPT, type Kept } from './support/inbound.js';
import { permutations, tried } from './support/permutations.js';
import type { StripeApi } from './support/stripe-api.js';
import { eventually, NEW, type Row, settingsFor, type SignedEvent, StripeWorld } from './support/stripe-world.js';
import { World } from './support/world.js';

/** Hundreds of events, one after another. */
const LONG = 240_000;

let stripe: StripeWorld;
let api: StripeApi;
let world: World;

beforeAll(async () => {
  stripe = await StripeWorld.start();
  ({ api, world } = stripe);
});

afterAll(() => stripe.stop());

/** A payment of which something is told. */
interface Story {
  ref: string;
  told: (type: string, object: object, created: number) => SignedEvent;
}

/**
 * Tells the same of one payment after another, in another order each: one event at a time, merged before the next is sent, and the first
 * two once more in the end.
 */
async function inEveryOrder(
  events: ((story: Story) => SignedEvent)[],
  endsWell: (payment: Row) => unknown,
  stride = 1,
  prepare: (ref: string) => void = () => undefined,
): Promise<void> {
  const orders = tried(permutations([...events.keys()]), stride);
  const payments: Row[] = [];
  for (let at = 0; at < orders.length; at++) payments.push(await stripe.pay());
  const told = payments.map(({ provider_ref: ref }, at) => {
    prepare(ref);
    const story = { ref, told: (type: string, object: object, created: number) => api.event(type, object, { secret: NEW, created }) };
    const made = events.map((event) => event(story));
    return [...orders[at]!, ...orders[at]!.slice(0, 2)].map((each) => made[each]!);
  });
  for (let round = 0; round < events.length + 2; round++) {
    const expected = round < events.length ? 202 : 200;
    const answers = await Promise.all(told.map((each) => stripe.post(each[round]!)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([expected]));
    await stripe.merged();
  }
  for (const { id } of payments) await endsWell(await stripe.rowOf(id));
}

describe('an event of Stripe', () => {
  test(
    'may say what happens in any order, and twice: the end is the same, and no secret is kept of it',
    async () => {
      const steps = [
        ['payment_intent.created', { status: 'requires_payment_method' }],
        ['payment_intent.requires_action', { status: 'requires_action' }],
        [
          'payment_intent.payment_failed',
          { status: 'requires_payment_method', last_payment_error: { code: 'card_declined', type: 'card_error' } },
        ],
        ['payment_intent.processing', { status: 'processing' }],
      ] as const;
      await inEveryOrder(
        [...steps, ['payment_intent.succeeded', { status: 'succeeded', amount_received: 1_000 }] as const].map(
          ([type, more], at) =>
            ({ ref, told }: Story) =>
              told(type, stripe.intentAs(ref, more), at),
        ),
        ({ status, captured_minor }) => expect([status, captured_minor]).toEqual(['CAPTURED', 1_000]),
      );
      expect(JSON.stringify(await world.sql(`select convert_from(raw, 'UTF8') as text from inbound_events`))).not.toContain('secret_hush');
    },
    LONG,
  );

  test(
    'may tell of the payment, its refunds and its chargeback in any order, and twice: the end is the same',
    async () => {
      const refund = (ref: string, name: string, more: object) => ({
        ...{ id: `re_${name}_${ref}`, object: 'refund', payment_intent: ref, metadata: {}, amount: 400, currency: 'eur', ...more },
      });
      const dispute = (ref: string, status: string, amount: number, due_by: number | null) => ({
        ...{ id: `dp_${ref}`, object: 'dispute', payment_intent: ref, amount, currency: 'eur', reason: 'fraudulent', status },
        evidence_details: { due_by },
      });
      const due = 1_900_000_000;
      await inEveryOrder(
        [
          ({ ref, told }) => told('payment_intent.succeeded', api.intents.get(ref)!, 1),
          ({ ref, told }) => told('refund.created', refund(ref, 'a', { status: 'pending' }), 2),
          ({ ref, told }) => told('refund.failed', refund(ref, 'a', { status: 'failed', failure_reason: 'declined' }), 3),
          ({ ref, told }) => told('refund.updated', refund(ref, 'b', { status: 'succeeded' }), 4),
          ({ ref, told }) => told('charge.dispute.created', dispute(ref, 'warning_needs_response', 600, null), 5),
          ({ ref, told }) => told('charge.dispute.updated', dispute(ref, 'warning_needs_response', 550, due), 7),
          ({ ref, told }) => told('charge.dispute.closed', dispute(ref, 'lost', 600, due - 1), 6),
        ],
        async (payment) => {
          expect(payment).toMatchObject({ status: 'PARTIALLY_REFUNDED', captured_minor: 1_000, refunded_minor: 400, holds: 1 });
          const refunds = await world.sql<{ status: string }>('select status from refunds where payment_id = $1 order by provider_ref', [
            payment.id,
          ]);
          expect(refunds).toEqual([{ status: 'FAILED' }, { status: 'SUCCEEDED' }]);
          const found = 'select status, amount_minor::int as amount, due_by from chargebacks where payment_id = $1';
          expect(await world.sql(found, [payment.id])).toEqual([{ status: 'LOST', amount: 550, due_by: new Date(due * 1_000) }]);
        },
        // Of 5,040 orders: each event is the first in as many of these.
        84,
        (ref) => void Object.assign(api.intents.get(ref)!, { status: 'succeeded', amount_received: 1_000 }),
      );
      const left = await world.sql(`select type, status, error from inbound_events where status not in ('PROCESSED', 'STALE')`);
      expect(left).toEqual([]);
    },
    LONG,
  );

  test('is seen by operators with what it said, and what can never be so is quarantined, and replayed when it is right', async () => {
    const { id, provider_ref: ref } = await stripe.pay();
    const boss = await world.person('boss', 'ADMIN');
    const kept = async (): Promise<Kept & { provider: string; raw: string; objectRef: string; integrationId: null }> => {
      const { inboundEvents } = await world
        .as(boss)
        .get<{ inboundEvents: { nodes: { id: string }[] } }>(
          'query ($filter: InboundEventFilter!) { inboundEvents(first: 1, filter: $filter) { nodes { id } } }',
          { filter: { provider: 'stripe', objectRef: ref } },
        );
      const query = `query ($id: ID!) { inboundEvent(id: $id) { ${KEPT} provider integrationId objectRef raw } }`;
      return (await world.as(boss).get<{ inboundEvent: never }>(query, { id: inboundEvents.nodes[0]!.id })).inboundEvent;
    };
    await stripe.post(
      api.event('payment_intent.succeeded', stripe.intentAs(ref, { status: 'succeeded', amount_received: 1_001 }), { secret: NEW }),
    );
    await stripe.merged();
    const odd = await kept();
    expect(odd).toMatchObject({ status: 'QUARANTINED', errorCode: 'BAD_USER_INPUT', type: 'payment_intent.succeeded', attempts: 1 });
    expect(odd).toMatchObject({ provider: 'stripe', integrationId: null, objectRef: ref });
    expect(JSON.parse(odd.raw)).toMatchObject({ data: { object: { id: ref, amount_received: 1_001, client_secret: '…' } } });

    await world.sql('update payments set amount_minor = 1001 where id = $1', [id]);
    expect(await world.do(boss, 'replayInboundEvent', { inboundEventId: odd.id }, KEPT)).toMatchObject({ status: 'PROCESSED' });
    expect(await stripe.rowOf(id)).toMatchObject({ status: 'CAPTURED', captured_minor: 1_001 });
  });

  test(
    'is tried again where something of ours goes wrong, and is FAILED in the end for everybody to see',
    async () => {
      const { id, provider_ref: ref } = await stripe.pay();
      await world.sql(
        `create function out_of_order() returns trigger language plpgsql as $$ begin raise exception 'the disk is odd'; end $$`,
      );
      await world.sql(
        `create trigger out_of_order before insert on transitions for each row when (new.event = 'succeed') execute function out_of_order()`,
      );
      const rows = (status: string) => () =>
        world.sql<{ id: string }>('select id from inbound_events where object_ref = $1 and status = $2', [ref, status]);
      await stripe.post(
        api.event('payment_intent.succeeded', stripe.intentAs(ref, { status: 'succeeded', amount_received: 1_000 }), { secret: NEW }),
      );
      await eventually(
        () => world.sql('select id from inbound_events where object_ref = $1 and attempts = 1', [ref]),
        (found) => found.length > 0,
      );
      // Six more attempts would take the queue half an hour.
      await world.sql('update inbound_events set attempts = 7 where object_ref = $1', [ref]);
      const [failed] = await eventually(rows('FAILED'), (found) => found.length > 0);
      await world.sql('drop trigger out_of_order on transitions');
      const boss = await world.person('boss', 'ADMIN');
      expect(await world.do(boss, 'replayInboundEvent', { inboundEventId: failed!.id }, KEPT)).toMatchObject({ status: 'PROCESSED' });
      expect(await stripe.rowOf(id)).toMatchObject({ status: 'CAPTURED' });
    },
    LONG,
  );

  test('tells also of what is none of ours, which changes nothing, and of what we do not know, which is not kept', async () => {
    const foreign = {
      id: 'pi_foreign',
      object: 'payment_intent',
      status: 'succeeded',
      amount_received: 5,
      currency: 'eur',
      metadata: {},
      last_payment_error: null,
    };
    expect((await stripe.post(api.event('payment_intent.succeeded', foreign, { secret: NEW }))).status).toBe(202);
    const refund = {
      id: 're_foreign',
      object: 'refund',
      amount: 5,
      currency: 'eur',
      status: 'succeeded',
      payment_intent: 'pi_foreign',
      metadata: {},
    };
    expect((await stripe.post(api.event('refund.created', refund, { secret: NEW }))).status).toBe(202);
    const before = await world.sql('select count(*)::int as n from inbound_events');
    expect((await stripe.post(api.event('customer.created', { id: 'cus_1', object: 'customer' }, { secret: NEW }))).status).toBe(200);
    await stripe.merged();
    expect(await world.sql('select count(*)::int as n from inbound_events')).toEqual(before);
    const found = await world.sql(`select status, error_code from inbound_events where object_ref = 'pi_foreign'`);
    expect(found).toEqual([1, 2].map(() => ({ status: 'STALE', error_code: 'NOT_FOUND' })));
  });

  test('tells of a refund before we know its name for the payment: it is asked whose it is', async () => {
    const { id, provider_ref: ref } = await stripe.pay();
    await world.sql('update payments set provider_ref = null, client_secret = null where id = $1', [id]);
    Object.assign(api.intents.get(ref)!, { status: 'succeeded', amount_received: 1_000 });
    const refund = {
      id: `re_early${id}`,
      object: 'refund',
      amount: 1_000,
      currency: 'eur',
      status: 'succeeded',
      payment_intent: ref,
      metadata: {},
    };
    await stripe.post(api.event('refund.created', refund, { secret: NEW }));
    await stripe.merged();
    expect(await stripe.rowOf(id)).toMatchObject({ status: 'REFUNDED', provider_ref: ref, client_secret: `${ref}_secret_hush` });
  });

  test('may send so much in so long a time and no more, and what nobody signed does not count', async () => {
    const narrow = await World.start({ ...settingsFor(api), RATE_LIMIT_FACTOR: '0.01' });
    const send = (secret: string) => stripe.post(api.event('customer.created', { id: 'cus_1', object: 'customer' }, { secret }), narrow);
    for (let i = 0; i < 11; i++) expect((await send('whsec_other')).status).toBe(401);
    for (let i = 0; i < 10; i++) expect((await send(NEW)).status).toBe(200);
    const refused = await send(NEW);
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    await narrow.stop();
  });
});
