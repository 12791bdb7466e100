import { formatMoney } from '../../../common/values/money.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Guard, Machine, Move } from '../../../transitions/machine/machine.js';
import { type Party, partiesOf } from './funds.js';
import { Payment } from './payment.entity.js';
import {
  captured,
  captureAtProvider,
  cancelAtProvider,
  createAtProvider,
  failed,
  givenBack,
  heard,
  holdMore,
  holdLess,
  openEscrow,
  recheckLater,
  returned,
  take,
  tryAgain,
} from './payment.effects.js';

const UNPAID = ['INITIATED', 'REQUIRES_ACTION', 'PROCESSING'];
const TAKEN = ['CAPTURED', 'PARTIALLY_REFUNDED'];
const CANCELABLE = ['REQUESTED', 'INITIATED', 'REQUIRES_ACTION', 'FAILED', 'AUTHORIZED'];
/** Where there is money, or may be, that a dispute can stand in the way of. */
const HOLDABLE = ['REQUESTED', ...UNPAID, 'FAILED', 'AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'];
/** The provider's word: by its webhook, or in its answer to a call of ours. The host's, where the host moves the money. */
const PROVIDER = ['SERVICE', 'SYSTEM'] as const;

const isFree: Guard<Payment> = { says: 'no dispute holds the money', holds: ({ holds }) => holds === 0, code: 'CONFLICT' };
const amountIn = ({ subject, payload }: Pick<Move<Payment>, 'subject' | 'payload'>) =>
  (payload['amountMinor'] as number | undefined) ?? subject.amountMinor;
const money = (move: Pick<Move<Payment>, 'subject' | 'payload'>) => formatMoney(amountIn(move), move.subject.currency);

export const paymentMachine: Machine<Payment, Party> = {
  name: 'payment',
  entity: Payment,
  kind: MessageKind.PAYMENT,
  parties: partiesOf,
  facts: ({ amountMinor, capturedMinor, refundedMinor, currency, payerId, payeeId }) => ({
    ...{ amountMinor, capturedMinor, refundedMinor, currency, payerId, payeeId },
  }),
  words: (move) => ({
    amountMinor: move.event === 'succeed' ? move.subject.capturedMinor : amountIn(move),
    currency: move.subject.currency,
  }),
  deadlines: [
    {
      in: ['AUTHORIZED'],
      event: 'cancel',
      due: (_, at, { paymentAuthorizationMs }) => new Date(at.getTime() + paymentAuthorizationMs),
      says: "the bank's promise ends after `PAYMENT_AUTHORIZATION_DAYS`",
    },
  ],
  steps: [
    {
      event: 'initiate',
      from: [],
      to: 'INITIATED',
      by: ['PAYER', 'SERVICE'],
      effects: [createAtProvider, recheckLater],
      say: (move) => `${move.actorName} started a payment of ${money(move)}`,
    },
    { event: 'request', from: [], to: 'REQUESTED', by: ['PAYEE'], say: (move) => `${move.actorName} asks for ${money(move)}` },
    {
      event: 'accept',
      from: ['REQUESTED'],
      to: 'INITIATED',
      by: ['PAYER'],
      effects: [createAtProvider, recheckLater],
      say: (move) => `${move.actorName} accepted to pay ${money(move)}`,
    },
    { event: 'open', from: ['INITIATED'], to: null, by: PROVIDER, say: (move) => `The payment of ${money(move)} waits for the payer` },
    {
      event: 'require_action',
      from: ['INITIATED'],
      to: 'REQUIRES_ACTION',
      by: PROVIDER,
      prepare: heard,
      effects: [recheckLater],
      say: (move) => `The payment of ${money(move)} needs a confirmation by the payer`,
    },
    {
      event: 'process',
      from: ['INITIATED', 'REQUIRES_ACTION'],
      to: 'PROCESSING',
      by: PROVIDER,
      prepare: heard,
      effects: [recheckLater],
      say: (move) => `The payment of ${money(move)} is being processed`,
    },
    {
      event: 'authorize',
      from: [...UNPAID, 'FAILED'],
      to: 'AUTHORIZED',
      by: PROVIDER,
      prepare: heard,
      say: (move) => `The payment of ${money(move)} was authorised`,
    },
    {
      event: 'succeed',
      from: [...UNPAID, 'FAILED', 'AUTHORIZED', 'CANCELED'],
      to: 'CAPTURED',
      by: PROVIDER,
      prepare: captured,
      effects: [openEscrow],
      say: ({ subject }) => `${formatMoney(subject.capturedMinor, subject.currency)} were paid`,
    },
    {
      event: 'fail',
      from: UNPAID,
      to: 'FAILED',
      by: PROVIDER,
      prepare: failed,
      say: (move) => `The payment of ${money(move)} failed`,
    },
    {
      event: 'retry',
      from: ['FAILED'],
      to: 'INITIATED',
      by: ['PAYER'],
      prepare: tryAgain,
      effects: [createAtProvider, recheckLater],
      say: (move) => `${move.actorName} tries again to pay ${money(move)}`,
    },
    {
      event: 'capture',
      from: ['AUTHORIZED'],
      to: 'PROCESSING',
      by: ['PAYEE', 'SERVICE', 'SYSTEM'],
      guard: isFree,
      prepare: take,
      effects: [captureAtProvider, recheckLater],
      say: (move) => `${move.actorName} takes the authorised ${money(move)}`,
    },
    {
      event: 'cancel',
      from: CANCELABLE,
      to: 'CANCELED',
      by: ['PAYER'],
      guard: isFree,
      effects: [cancelAtProvider],
      say: (move) => `${move.actorName} cancelled the payment of ${money(move)}`,
    },
    {
      event: 'cancel',
      from: CANCELABLE,
      to: 'CANCELED',
      by: ['PAYEE', 'SUPPORT_STAFF', 'SERVICE', 'SYSTEM', 'TIMER'],
      effects: [cancelAtProvider],
      say: (move) => `${move.actorName} cancelled the payment of ${money(move)}`,
    },
    {
      event: 'void',
      from: [...UNPAID, 'FAILED', 'AUTHORIZED'],
      to: 'CANCELED',
      by: PROVIDER,
      prepare: heard,
      say: (move) => `The payment of ${money(move)} was called off`,
    },
    {
      event: 'refund',
      from: TAKEN,
      to: ['PARTIALLY_REFUNDED', 'REFUNDED'],
      choose: ({ subject, payload }) =>
        subject.refundedMinor + (payload['amountMinor'] as number) >= subject.capturedMinor ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
      by: ['SYSTEM'],
      prepare: givenBack,
      say: (move) => `${money(move)} went back to the payer`,
    },
    {
      event: 'take_refund_back',
      from: ['PARTIALLY_REFUNDED', 'REFUNDED'],
      to: ['CAPTURED', 'PARTIALLY_REFUNDED'],
      choose: ({ subject, payload }) => (subject.refundedMinor > (payload['amountMinor'] as number) ? 'PARTIALLY_REFUNDED' : 'CAPTURED'),
      by: ['SYSTEM'],
      prepare: returned,
      say: (move) => `${money(move)} could not go back to the payer after all`,
    },
    {
      event: 'hold',
      from: HOLDABLE,
      to: null,
      by: ['SYSTEM'],
      prepare: holdMore,
      say: (move) => `The money of the payment of ${money(move)} is on hold`,
    },
    {
      event: 'lift',
      // The bank's promise may have ended while the money was on hold.
      from: [...HOLDABLE, 'CANCELED'],
      to: null,
      by: ['SYSTEM'],
      guard: { says: 'something holds the money', holds: ({ holds }) => holds > 0, code: 'CONFLICT' },
      prepare: holdLess,
      say: (move) => `The money of the payment of ${money(move)} is no longer on hold`,
    },
  ],
};
