import { formatMoney } from '../../../common/values/money.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Machine, Move } from '../../../transitions/machine/machine.js';
import { EscrowHold } from './escrow-hold.entity.js';
import { type Party, partiesOf } from './funds.js';

/** What is still held of it. */
export const restOf = ({ amountMinor, refundedMinor, releasedMinor }: EscrowHold) => amountMinor - refundedMinor - releasedMinor;
/** By this step; what a refund that failed brought back is released beside what was released before. */
const releasedBy = ({ subject, before }: Move<EscrowHold>) => subject.releasedMinor - (before?.releasedMinor ?? 0);
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
  words: (move) => ({
    amountMinor: { hold: move.subject.amountMinor, release: releasedBy(move) }[move.event] ?? amountIn(move),
    currency: move.subject.currency,
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
        subject.releasedMinor += restOf(subject);
      },
      say: (move) => `${move.actorName} released ${formatMoney(releasedBy(move), move.subject.currency)} to the payee`,
    },
    {
      event: 'give_back',
      from: ['HELD'],
      to: ['HELD', 'REFUNDED', 'SPLIT'],
      choose: (move) => {
        if (amountIn(move) < restOf(move.subject)) return 'HELD';
        return move.subject.releasedMinor > 0 ? 'SPLIT' : 'REFUNDED';
      },
      by: ['SYSTEM'],
      prepare: (move) => {
        move.subject.refundedMinor += amountIn(move);
      },
      say: (move) => `${formatMoney(amountIn(move), move.subject.currency)} of what is held go back to the payer`,
    },
    {
      event: 'take_back',
      from: ['HELD', 'REFUNDED', 'SPLIT'],
      to: 'HELD',
      by: ['SYSTEM'],
      prepare: (move) => {
        move.subject.refundedMinor -= amountIn(move);
      },
      say: (move) => `${formatMoney(amountIn(move), move.subject.currency)} are held again`,
    },
  ],
};
