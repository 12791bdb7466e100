import { formatMoney } from '../../../common/values/money.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Machine, Move } from '../../../transitions/machine/machine.js';
import { EscrowHold } from './escrow-hold.entity.js';
import { type Party, partiesOf } from './funds.js';

const restOf = ({ amountMinor, refundedMinor }: EscrowHold) => amountMinor - refundedMinor;
const amountIn = ({ payload }: Pick<Move, 'payload'>) => payload['amountMinor'] as number;

/** Captured money between payer and payee. What has been decided goes; whether the provider has moved it is the refund's own matter. */
export const escrowMachine: Machine<EscrowHold, Party> = {
  name: 'escrow',
  entity: EscrowHold,
  kind: MessageKind.PAYMENT,
  parties: partiesOf,
  facts: ({ paymentId, amountMinor, refundedMinor, releasedMinor, currency }) => ({
    ...{ paymentId, amountMinor, refundedMinor, releasedMinor, currency },
  }),
  words: ({ event, subject, payload }) => ({
    amountMinor: { hold: subject.amountMinor, release: subject.releasedMinor }[event] ?? amountIn({ payload }),
    currency: subject.currency,
  }),
  steps: [
    {
      event: 'hold',
      from: [],
      to: 'HELD',
      by: ['SYSTEM'],
      say: ({ subject }) => `${formatMoney(subject.amountMinor, subject.currency)} are held until they are released`,
    },
    {
      event: 'release',
      from: ['HELD'],
      to: ['RELEASED', 'SPLIT'],
      choose: ({ subject }) => (subject.refundedMinor > 0 ? 'SPLIT' : 'RELEASED'),
      by: ['PAYER', 'SUPPORT_STAFF', 'SERVICE', 'SYSTEM'],
      guard: { says: 'no dispute holds the money', holds: ({ holds }) => holds === 0, code: 'CONFLICT' },
      prepare: ({ subject }) => {
        subject.releasedMinor = restOf(subject);
      },
      say: ({ subject, actorName }) => `${actorName} released ${formatMoney(subject.releasedMinor, subject.currency)} to the payee`,
    },
    {
      event: 'give_back',
      from: ['HELD'],
      to: ['HELD', 'REFUNDED'],
      choose: (move) => (amountIn(move) >= restOf(move.subject) ? 'REFUNDED' : 'HELD'),
      by: ['SYSTEM'],
      prepare: (move) => {
        move.subject.refundedMinor += amountIn(move);
      },
      say: (move) => `${formatMoney(amountIn(move), move.subject.currency)} of what is held go back to the payer`,
    },
    {
      event: 'take_back',
      from: ['HELD', 'REFUNDED'],
      to: 'HELD',
      by: ['SYSTEM'],
      prepare: (move) => {
        move.subject.refundedMinor -= amountIn(move);
      },
      say: (move) => `${formatMoney(amountIn(move), move.subject.currency)} are held again`,
    },
  ],
};
