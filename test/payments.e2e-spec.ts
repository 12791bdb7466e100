import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RACING } from './support/node.js';
import { type Message, type Person, type Room, World } from './support/world.js';

const DAY_MS = 86_400_000;

interface Payment {
  id: string;
  status: string;
  version: number;
  clientSecret: string | null;
  refundedMinor: number;
  capturedMinor: number;
  attempt: number;
  failureCode: string | null;
  escrow: { id: string; status: string } | null;
  refunds: { id: string; status: string; amountMinor: number }[];
}

const PAYMENT =
  'id status version clientSecret capturedMinor refundedMinor attempt failureCode isOnHold escrow { id status } refunds { id status amountMinor }';
const SAID =
  'subscription ($roomId: ID!) { messageAdded(roomId: $roomId, afterSequence: 0) { kind content metadata transition { event toStatus payload } } }';

let world: World;
let ana: Person, ben: Person, rita: Person, host: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start(RACING);
  ({ ana, ben, rita } = await world.people('ana', 'ben', 'rita'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [rita, 'RIDER'],
  ]);
});

const pay = (more: object = {}) =>
  world.do<Payment>(ana, 'initiatePayment', { roomId: room.id, payeeId: ben.id, amountMinor: 1_000, currency: 'EUR', ...more }, PAYMENT);
const seenBy = async (person: Person, { id }: { id: string }) =>
  (await world.as(person).get<{ payment: Payment }>(`query ($id: ID!) { payment(id: $id) { ${PAYMENT} } }`, { id })).payment;

type Heard = { messageAdded: Message & { metadata: Record<string, unknown> | null } };
/** Until somebody in the room has heard that something came to a state. */
async function until(status: string, aggregate = 'payment'): Promise<void> {
  const heard = world.as(rita).subscribe<Heard>(SAID, { roomId: room.id });
  await heard.until(({ messageAdded: { metadata } }) => metadata?.['to'] === status && metadata['aggregate'] === aggregate);
  await heard.leave();
}
const captured = async (more: object = {}) => {
  const payment = await pay(more);
  await until('CAPTURED');
  return payment;
};

describe('a payment in the sandbox', () => {
  test('is begun by one, heard live by the other, and taken at once', async () => {
    const heard = world.as(ben).subscribe<Heard>(SAID, { roomId: room.id });
    const payment = await pay();
    await heard.until(
      ({ messageAdded }) => messageAdded.kind === 'PAYMENT' && messageAdded.content === 'ana started a payment of 10.00 EUR',
    );
    await heard.until(({ messageAdded }) => messageAdded.content === '10.00 EUR were paid');
    expect(await seenBy(ben, payment)).toMatchObject({ status: 'CAPTURED', capturedMinor: 1_000 });
  });

  test('is asked for by the payee, and nothing happens until the payer accepts', async () => {
    const input = { roomId: room.id, payerId: ana.id, amountMinor: 700, currency: 'EUR' };
    const asked = await world.do<Payment>(ben, 'initiatePayment', input, PAYMENT);
    expect(asked.status).toBe('REQUESTED');
    expect(await world.refusal(ben, 'acceptPayment', { paymentId: asked.id })).toBe('FORBIDDEN');
    await world.act(ana, 'acceptPayment', { paymentId: asked.id });
    await until('CAPTURED');
    expect((await seenBy(ana, asked)).capturedMinor).toBe(700);
  });

  test('tells its client secret to the payer alone, and in no message, payload or event', async () => {
    const heard = world.as(ben).subscribe<Heard>(SAID, { roomId: room.id });
    const payment = await pay({ method: 'card_3ds' });
    const log: string[] = [];
    await heard.until((event) => {
      log.push(JSON.stringify(event));
      return event.messageAdded.metadata?.['to'] === 'REQUIRES_ACTION';
    });
    const { clientSecret } = await seenBy(ana, payment);
    expect(clientSecret).toMatch(/^sandbox_pi_.*_secret_/);
    for (const other of [ben, rita, host]) expect((await seenBy(other, payment)).clientSecret).toBeNull();
    expect(log.join()).not.toContain(clientSecret);
    const kept = await world.sql('select t::text from transitions t where aggregate_id = $1 union all select m::text from messages m', [
      payment.id,
    ]);
    expect(JSON.stringify(kept)).not.toContain(clientSecret);
  });

  test.each([
    [true, 'CAPTURED'],
    [false, 'FAILED'],
  ])("needs the payer's word at the bank: %s is %s", async (isApproved, status) => {
    const payment = await pay({ method: 'card_3ds' });
    await until('REQUIRES_ACTION');
    const { clientSecret } = await seenBy(ana, payment);
    const confirm = (secret: string | null) =>
      fetch(`${world.nodes[0]!.url}/payments/sandbox/confirm`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ clientSecret: secret, isApproved }),
      });
    expect((await confirm(`${clientSecret}x`)).status).toBe(404);
    expect((await confirm(clientSecret)).status).toBe(202);
    expect((await seenBy(ana, payment)).status).toBe(status);
  });

  test('fails, says why, and is tried again', async () => {
    const payment = await pay({ method: 'card_declined_once' });
    await until('FAILED');
    expect(await seenBy(ben, payment)).toMatchObject({ status: 'FAILED', failureCode: 'card_declined', attempt: 1 });
    await world.act(ana, 'retryPayment', { paymentId: payment.id });
    await until('CAPTURED');
    expect(await seenBy(ben, payment)).toMatchObject({ failureCode: null, attempt: 2 });
  });

  test('is late where the bank is, and through when it is asked again', async () => {
    await pay({ method: 'bank_late' });
    await until('PROCESSING');
    await world.setTime(new Date(Date.now() + 60_000));
    await until('CAPTURED');
  });

  test('is only authorised where that was agreed; the payee captures a part; without that it is cancelled after seven days', async () => {
    const [taken, forgotten] = [await pay({ captureMode: 'MANUAL' }), await pay({ captureMode: 'MANUAL' })];
    await until('AUTHORIZED');
    const heard = world.as(rita).subscribe<Heard>(SAID, { roomId: room.id });
    await heard.until(
      ({ messageAdded }) => messageAdded.metadata?.['aggregateId'] === forgotten.id && messageAdded.metadata['to'] === 'AUTHORIZED',
    );
    expect(await world.refusal(ben, 'capturePayment', { paymentId: taken.id, amountMinor: 1_001 })).toBe('BAD_USER_INPUT');
    await world.act(ben, 'capturePayment', { paymentId: taken.id, amountMinor: 600 });
    await until('CAPTURED');
    expect(await seenBy(ana, taken)).toMatchObject({ status: 'CAPTURED', capturedMinor: 600 });
    await world.setTime(new Date(Date.now() + 7 * DAY_MS - 60_000));
    expect((await seenBy(ana, forgotten)).status).toBe('AUTHORIZED');
    await world.setTime(new Date(Date.now() + 7 * DAY_MS + 60_000));
    expect((await seenBy(ana, forgotten)).status).toBe('CANCELED');
  });

  test('happens once under one key, and refuses another content under it', async () => {
    const keyed = { idempotencyKey: room.id };
    const payments = await Promise.all(Array.from({ length: 6 }, () => pay(keyed)));
    expect(new Set(payments.map(({ id }) => id)).size).toBe(1);
    const other = { roomId: room.id, payeeId: ben.id, amountMinor: 999, currency: 'EUR', ...keyed };
    expect(await world.refusal(ana, 'initiatePayment', other)).toBe('IDEMPOTENCY_CONFLICT');
    const elsewhere = await world.room([
      [ana, 'CUSTOMER'],
      [ben, 'WORKER'],
    ]);
    expect(await world.refusal(ana, 'initiatePayment', { ...other, amountMinor: 1_000, roomId: elsewhere.id })).toBe(
      'IDEMPOTENCY_CONFLICT',
    );
  });

  test('is between two people of the room, about something in it, and of real money', async () => {
    const good = { roomId: room.id, payeeId: ben.id, amountMinor: 100, currency: 'EUR' };
    const eve = await world.person('eve');
    for (const wrong of [
      { payeeId: ana.id },
      { payeeId: eve.id },
      { payeeId: null },
      { payerId: ben.id },
      { currency: 'XXQ' },
      { amountMinor: 0 },
      { amountMinor: 1_000_000_000_001 },
      { contextKind: 'ORDER' },
      { contextKind: 'ORDER', contextId: room.id },
      { method: "card'; drop" },
    ])
      expect([wrong, await world.refusal(ana, 'initiatePayment', { ...good, ...wrong })]).toEqual([wrong, 'BAD_USER_INPUT']);
  });

  test('is only mirrored where the host moves the money', async () => {
    const input = {
      roomId: room.id,
      payerId: ana.id,
      payeeId: ben.id,
      amountMinor: 500,
      currency: 'EUR',
      authority: 'HOST',
      externalRef: room.id,
    };
    const payment = await world.do<Payment>(host, 'createPayment', input, PAYMENT);
    expect((await world.do<Payment>(host, 'createPayment', input, PAYMENT)).id).toBe(payment.id);
    await world.act(ana, 'cancelPayment', { paymentId: payment.id });
    expect(await seenBy(ana, payment)).toMatchObject({ status: 'INITIATED', version: 1 });
    expect(await world.refusal(ana, 'createPayment', input)).toBe('FORBIDDEN');
  });
});

describe('refunds', () => {
  test('asked by the payer they wait for the payee, and never come from the payer', async () => {
    const payment = await captured();
    const refund = await world.do<{ id: string; status: string }>(
      ana,
      'requestRefund',
      { paymentId: payment.id, amountMinor: 400 },
      'id status',
    );
    expect(refund.status).toBe('REQUESTED');
    expect(await world.refusal(ana, 'approveRefund', { refundId: refund.id })).toBe('FORBIDDEN');
    await world.act(ben, 'approveRefund', { refundId: refund.id });
    await until('SUCCEEDED', 'refund');
    expect(await seenBy(ana, payment)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedMinor: 400 });
    await world.act(ben, 'requestRefund', { paymentId: payment.id });
    await until('REFUNDED');
    expect(await seenBy(ana, payment)).toMatchObject({ refundedMinor: 1_000 });
    expect(await world.refusal(ben, 'requestRefund', { paymentId: payment.id })).toBe('CONFLICT');
  });

  test('fifty parts at once never give back more than was taken', async () => {
    const payment = await captured();
    const codes = await Promise.all(
      Array.from({ length: 50 }, () => world.refusal(ben, 'requestRefund', { paymentId: payment.id, amountMinor: 150 })),
    );
    expect(codes.filter((code) => code === 'OK')).toHaveLength(6);
    expect(codes.filter((code) => code === 'CONFLICT')).toHaveLength(44);
    const [row] = await world.sql<{ going: number }>('select refunded_minor + reserved_minor as going from payments where id = $1', [
      payment.id,
    ]);
    expect(Number(row?.going)).toBe(900);
    await expect(world.sql('update payments set reserved_minor = reserved_minor + 101 where id = $1', [payment.id])).rejects.toThrow(
      'payments_refunded_check',
    );
  });

  test('one that fails frees its amount', async () => {
    const payment = await captured({ method: 'card_refund_fails' });
    await world.act(ben, 'requestRefund', { paymentId: payment.id });
    await until('FAILED', 'refund');
    const [row] = await world.sql('select reserved_minor::int, refunded_minor::int from payments where id = $1', [payment.id]);
    expect(row).toEqual({ reserved_minor: 0, refunded_minor: 0 });
  });
});

describe('escrow', () => {
  test('holds what was captured until the payer releases it, and what has gone back is no longer there to release', async () => {
    const payment = await captured({ isEscrow: true });
    await world.act(ben, 'requestRefund', { paymentId: payment.id, amountMinor: 300 });
    const { escrow } = await seenBy(ana, payment);
    expect(escrow?.status).toBe('HELD');
    expect(await world.refusal(ben, 'releaseEscrow', { escrowHoldId: escrow!.id })).toBe('FORBIDDEN');
    const released = await world.do(ana, 'releaseEscrow', { escrowHoldId: escrow!.id }, 'status releasedMinor refundedMinor');
    expect(released).toEqual({ status: 'SPLIT', releasedMinor: 700, refundedMinor: 300 });
  });
});

test('an order that is cancelled gives back what was paid for it', async () => {
  const order = { customerId: ana.id, items: [{ name: 'Soap' }], totalMinor: 1_000, currency: 'EUR', number: room.code };
  const placed = await world.do<{ id: string; room: Room }>(host, 'placeOrder', order, 'id room { id code }');
  room = placed.room;
  await world.act(host, 'addParticipant', { roomId: room.id, userId: ben.id, role: 'WORKER' });
  await world.act(host, 'addParticipant', { roomId: room.id, userId: rita.id, role: 'RIDER' });
  const payment = await captured({ contextKind: 'ORDER', contextId: placed.id });
  await world.act(ana, 'updateOrderStatus', { orderId: placed.id, event: 'cancel' });
  await until('REFUNDED');
  expect(await seenBy(ana, payment)).toMatchObject({ status: 'REFUNDED', refundedMinor: 1_000 });
});

test('each step has its message and each message its step', async () => {
  const rows = await world.sql(
    `select count(*)::int as messages, count(t.id)::int as steps from messages m full join transitions t on t.message_id = m.id where m.kind = 'PAYMENT' or t.id is not null`,
  );
  expect(rows[0]!['messages']).toBe(rows[0]!['steps']);
  expect(rows[0]!['messages']).toBeGreaterThan(50);
});
