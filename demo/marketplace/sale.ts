import { randomUUID } from 'node:crypto';
import { codeOf, type Person } from '../support/person.js';
import type { Cast } from './marketplace.js';
import { printStep } from '../support/print.js';

interface Payment {
  id: string;
  status: string;
  capturedMinor: number;
  refundedMinor: number;
  failureCode: string | null;
  clientSecret: string | null;
}

const PAYMENT = 'query ($id: ID!) { payment(id: $id) { id status capturedMinor refundedMinor failureCode clientSecret } }';
const PRICE_MINOR = 24_000;

export async function paymentOf(person: Person, id: string): Promise<Payment> {
  return (await person.api.get<{ payment: Payment }>(PAYMENT, { id })).payment;
}

const saysPaid = ({ side }: Person) => side.messages.some(({ sender, content }) => sender === null && content?.endsWith('were paid'));

/** What both see at a moment at which nothing is paid. */
async function checkUnpaid({ buyer, seller, promises }: Cast, id: string, status: string): Promise<void> {
  const payment = await paymentOf(seller, id);
  promises.same('paid', `the payment is ${status}`, [payment.status, payment.capturedMinor], [status, 0]);
  for (const person of [buyer, seller])
    promises.look('paid', `"paid" is read by the ${person.part} while it is ${status}`, !saysPaid(person));
}

export async function selling(cast: Cast): Promise<void> {
  const { company, buyer, seller } = cast;
  await company.say(buyer, 'Olá! Is the bicycle still there? 🚲');
  await company.say(seller, 'Tak! Like new, 21 gears, no scratches.');
  await company.say(buyer, 'Then I take it for 240 €.');
  await company.heard();
  await waitForTheBank(cast);
  await payWithTwoCards(cast);
  await company.say(seller, 'Thank you! It leaves tomorrow. 📦');
}

/** A bank that wants a confirmation which never comes. */
async function waitForTheBank(cast: Cast): Promise<void> {
  const { buyer, seller, stranger, promises, roomId } = cast;
  const input = { roomId, payeeId: seller.id, amountMinor: PRICE_MINOR, currency: 'EUR', method: 'card_3ds' };
  const { id } = await buyer.do('initiatePayment', input);
  await seller.hears('payment.require_action');
  await checkUnpaid(cast, id, 'REQUIRES_ACTION');
  promises.look('secret', 'the payer has the secret', ((await paymentOf(buyer, id)).clientSecret ?? '').length > 10);
  promises.same('secret', 'the payee has it not', (await paymentOf(seller, id)).clientSecret, null);
  const { errors } = await stranger.api.ask(PAYMENT, { id });
  const nowhere = await stranger.api.ask(PAYMENT, { id: randomUUID() });
  promises.same('stranger', 'asks for the payment', codeOf(errors), 'NOT_FOUND');
  promises.same('stranger', 'and for one that does not exist', errors, nowhere.errors);
  promises.same(
    'paid',
    'the seller takes what is not there',
    await seller.refusalOf('capturePayment', { paymentId: id }),
    'ILLEGAL_TRANSITION',
  );
  await buyer.do('cancelPayment', { paymentId: id, reason: 'the bank does not answer' });
  await seller.hears('payment.cancel');
  promises.same('live', 'what the seller saw', seller.side.steps.slice(-1), ['payment.cancel']);
  printStep('The bank wanted a confirmation, and nobody said "paid"; the buyer cancelled.');
}

/** A card that is declined, and is taken the second time. */
async function payWithTwoCards(cast: Cast): Promise<void> {
  const { company, buyer, seller, promises, roomId } = cast;
  const input = { roomId, payeeId: seller.id, amountMinor: PRICE_MINOR, currency: 'EUR', method: 'card_declined_once' };
  const key = { idempotencyKey: randomUUID() };
  const tries = await Promise.all(Array.from({ length: 5 }, () => buyer.do('initiatePayment', { ...input, ...key })));
  const [id = ''] = new Set(tries.map((payment) => payment.id));
  promises.same('retry', 'five calls with one key', new Set(tries.map((payment) => payment.id)).size, 1);
  const other = await buyer.refusalOf('initiatePayment', { ...input, ...key, amountMinor: 1 });
  promises.same('retry', 'the key with another amount', other, 'IDEMPOTENCY_CONFLICT');
  await seller.hears('payment.fail');
  await checkUnpaid(cast, id, 'FAILED');
  promises.same('retry', 'why it failed', (await paymentOf(buyer, id)).failureCode, 'card_declined');
  await company.say(seller, 'It says that it failed?');
  await company.say(buyer, 'Once more. 💳');
  await buyer.do('retryPayment', { paymentId: id });
  await seller.hears('payment.succeed');
  const { status, capturedMinor } = await paymentOf(seller, id);
  promises.same('paid', 'the money is there', [status, capturedMinor], ['CAPTURED', PRICE_MINOR]);
  promises.look('paid', 'the chat says so', saysPaid(seller));
  const steps = seller.side.steps.filter((step) => ['payment.fail', 'payment.retry', 'payment.succeed'].includes(step));
  promises.same('live', 'what the seller saw, in order', steps, ['payment.fail', 'payment.retry', 'payment.succeed']);
  cast.paymentId = id;
  printStep('The card was declined, then taken: the seller saw both at once.');
}

const POSTAGE_MINOR = 1_200;

/** Money that never went through here: the marketplace says what became of it. */
export async function paidAtTheCounter({ office, buyer, seller, roomId, promises }: Cast): Promise<void> {
  const externalRef = 'postage-88';
  const plan = { room: { id: roomId }, payer: { id: buyer.id }, payee: { id: seller.id }, authority: 'HOST' };
  await office.reports('payment.initiate', { externalRef, ...plan, amountMinor: POSTAGE_MINOR, currency: 'EUR' });
  await office.reports('payment.succeed', { externalRef });
  await seller.hears('payment.succeed', 2);
  type Paid = { room: { payments: { status: string; capturedMinor: number }[] } };
  const query = 'query ($id: ID!) { room(id: $id) { payments { status capturedMinor } } }';
  const { room } = await seller.api.get<Paid>(query, { id: roomId });
  promises.same('paid', 'the postage', room.payments[0], { status: 'CAPTURED', capturedMinor: POSTAGE_MINOR });
  printStep('The marketplace took the postage at its own counter, and told of it: the chat says "paid", once.');
}
