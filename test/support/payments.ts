import { DataSource } from 'typeorm';
import { newId } from '../../src/common/values/ids.js';
import { Chargeback } from '../../src/integrations/payments/settlement/chargeback.entity.js';
import { Payment } from '../../src/integrations/payments/payment/payment.entity.js';
import { Refund } from '../../src/integrations/payments/settlement/refund.entity.js';
import { EscrowHold } from '../../src/integrations/payments/payment/escrow-hold.entity.js';
import type { Person, Room, World } from './world.js';

const TAKEN = ['CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'];

interface Between {
  room: Room;
  payer: Person;
  payee: Person;
}

/** A payment in this state, straight in the table: 1,000 cents, and what the state needs. */
export async function aPayment(
  world: World,
  { room, payer, payee }: Between,
  status: string,
  more: Partial<Payment> = {},
): Promise<Payment> {
  const amountMinor = more.amountMinor ?? 1_000;
  const capturedMinor = TAKEN.includes(status) ? amountMinor : 0;
  const refundedMinor = status === 'REFUNDED' ? amountMinor : status === 'PARTIALLY_REFUNDED' ? 400 : 0;
  const payment = {
    ...{ id: newId(), roomId: room.id, status, payerId: payer.id, payeeId: payee.id, amountMinor, capturedMinor, refundedMinor },
    ...{ currency: 'EUR', captureMode: 'MANUAL', provider: 'sandbox', ...more },
  };
  await world.nodes[0]!.app.get(DataSource).manager.insert(Payment, payment as never);
  return Object.assign(new Payment(), payment);
}

/** The same of a refund of 100 cents; what it sets aside is set aside. */
export async function aRefund(world: World, payment: Payment, status: string): Promise<Refund> {
  const { id: paymentId, roomId, payerId, payeeId, currency, provider } = payment;
  const refund = { id: newId(), status, amountMinor: 100, ...{ paymentId, roomId, payerId, payeeId, currency, provider } };
  await world.nodes[0]!.app.get(DataSource).manager.insert(Refund, refund as never);
  if (['APPROVED', 'PENDING'].includes(status)) await world.sql('update payments set reserved_minor = 100 where id = $1', [paymentId]);
  return Object.assign(new Refund(), refund);
}

export async function anEscrow(world: World, payment: Payment, status: string): Promise<EscrowHold> {
  const { id: paymentId, roomId, payerId, payeeId, currency, amountMinor } = payment;
  const refundedMinor = status === 'REFUNDED' ? amountMinor : status === 'SPLIT' ? 400 : 0;
  const releasedMinor = ['RELEASED', 'SPLIT'].includes(status) ? amountMinor - refundedMinor : 0;
  const escrow = { id: newId(), status, refundedMinor, releasedMinor, ...{ paymentId, roomId, payerId, payeeId, currency, amountMinor } };
  await world.nodes[0]!.app.get(DataSource).manager.insert(EscrowHold, escrow as never);
  return Object.assign(new EscrowHold(), escrow);
}

export async function aChargeback(world: World, payment: Payment, status: string): Promise<Chargeback> {
  const { id: paymentId, roomId, payerId, payeeId, currency, provider, amountMinor } = payment;
  const own = { paymentId, roomId, payerId, payeeId, currency, provider, amountMinor };
  const chargeback = { id: newId(), status, providerRef: newId(), ...own };
  await world.nodes[0]!.app.get(DataSource).manager.insert(Chargeback, chargeback as never);
  return Object.assign(new Chargeback(), chargeback);
}

/** What the victim of a stranger has, straight in the tables: a payment with secrets in it, its refund, its escrow and its chargeback. */
export async function aPaymentIn(
  world: World,
  roomId: string,
  [payerId, payeeId]: [string, string],
  text: string,
): Promise<{ payment: string; refund: string; escrow: string; chargeback: string }> {
  const [payment, refund, escrow, chargeback] = [newId(), newId(), newId(), newId()];
  await world.sql(
    `insert into payments (id, room_id, status, payer_id, payee_id, amount_minor, captured_minor, currency, capture_mode, provider, client_secret, failure_code, external_ref)
     values ($1, $2, 'CAPTURED', $3, $4, 1000, 1000, 'EUR', 'AUTOMATIC', 'sandbox', $5, $5, $5)`,
    [payment, roomId, payerId, payeeId, text],
  );
  const own = [payment, roomId, payerId, payeeId, text];
  await world.sql(
    `insert into refunds (id, payment_id, room_id, status, payer_id, payee_id, amount_minor, currency, provider, failure_code)
     values ($6, $1, $2, 'REQUESTED', $3, $4, 100, 'EUR', 'sandbox', $5)`,
    [...own, refund],
  );
  await world.sql(
    `insert into escrow_holds (id, payment_id, room_id, status, payer_id, payee_id, amount_minor, currency, external_ref)
     values ($6, $1, $2, 'HELD', $3, $4, 1000, 'EUR', $5)`,
    [...own, escrow],
  );
  await world.sql(
    `insert into chargebacks (id, payment_id, room_id, status, payer_id, payee_id, amount_minor, currency, provider, provider_ref, bank_reason)
     values ($6, $1, $2, 'NEEDS_RESPONSE', $3, $4, 1000, 'EUR', 'sandbox', $5, $5)`,
    [...own, chargeback],
  );
  return { payment, refund, escrow, chargeback };
}
