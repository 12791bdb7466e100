import { formatMoney } from '../../../common/values/money.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Effect, Machine, Move } from '../../../transitions/machine/machine.js';
import { type Party, partiesOf } from '../payment/funds.js';
import { Chargeback, ChargebackStatus } from './chargeback.entity.js';
import { holdFunds, liftFunds } from './decisions.js';

const { WARNING_NEEDS_RESPONSE, WARNING_UNDER_REVIEW, WARNING_CLOSED, NEEDS_RESPONSE, UNDER_REVIEW, PREVENTED, LOST, WON } =
  ChargebackStatus;

/** By how far it goes. What does not go beyond what is known is late. */
export const CHARGEBACK_RANK: Record<string, number> = Object.fromEntries(
  [WARNING_NEEDS_RESPONSE, WARNING_UNDER_REVIEW, WARNING_CLOSED, NEEDS_RESPONSE, UNDER_REVIEW, PREVENTED, LOST, WON].map((one, at) => [
    one,
    at,
  ]),
);

/** The payee has the money again, or never lost it. A bank that has decided for the payer leaves it where it is. */
const FREE: ReadonlySet<string> = new Set([WARNING_CLOSED, PREVENTED, WON]);

const holdOrLift: Effect<Chargeback> = {
  says: 'the money is on hold while the bank is at it, and stays so if it is lost',
  run: (move) => (FREE.has(move.to) ? liftFunds(move) : holdFunds(move, { paymentId: move.subject.paymentId })),
};

const WORDS: Record<string, string> = {
  WARNING_NEEDS_RESPONSE: 'asks about',
  WARNING_UNDER_REVIEW: 'looks into',
  WARNING_CLOSED: 'has no more questions about',
  NEEDS_RESPONSE: 'took back',
  UNDER_REVIEW: 'looks into',
  PREVENTED: 'left after a settlement',
  LOST: 'decided for the payer over',
  WON: 'decided for the payee over',
};

const say = ({ subject, to }: Move<Chargeback>) => `The payer's bank ${WORDS[to]} ${formatMoney(subject.amountMinor, subject.currency)}`;

/** What the bank says beside its name; what it does not speak of stays. */
export interface ChargebackDetails {
  amountMinor?: number;
  bankReason?: string | null;
  /** ISO 8601. */
  dueBy?: string | null;
}

function learn({ subject, payload }: Move<Chargeback>): void {
  const { amountMinor = subject.amountMinor, bankReason = subject.bankReason, dueBy } = payload as ChargebackDetails;
  Object.assign(subject, { amountMinor, bankReason });
  if (dueBy !== undefined) subject.dueBy = dueBy === null ? null : new Date(dueBy);
}

const sayDetails = ({ subject: { amountMinor, currency, dueBy } }: Move<Chargeback>) => {
  const deadline = dueBy === null ? 'names no deadline' : `takes evidence until ${dueBy.toISOString().slice(0, 10)}`;
  return `The payer's bank speaks of ${formatMoney(amountMinor, currency)} and ${deadline}`;
};

const ALL = Object.values(ChargebackStatus);
const before = (status: ChargebackStatus) => ALL.filter((one) => CHARGEBACK_RANK[one]! < CHARGEBACK_RANK[status]!);

const BANK = ['SERVICE', 'SYSTEM'] as const;

/** Only mirrored: each state of the bank is reached by an event of its own name, from whatever stands before it. */
export const chargebackMachine: Machine<Chargeback, Party> = {
  name: 'chargeback',
  entity: Chargeback,
  kind: MessageKind.PAYMENT,
  parties: partiesOf,
  facts: ({ paymentId, amountMinor, currency, bankReason, dueBy }) => ({
    ...{ paymentId, amountMinor, currency, bankReason, dueBy: dueBy?.toISOString() ?? null },
  }),
  words: ({ subject: { amountMinor, currency, dueBy } }) => ({
    ...{ amountMinor, currency, hasUntil: dueBy ? 'yes' : 'no', until: dueBy?.toISOString() ?? null },
  }),
  steps: [
    ...ALL.flatMap((status) => {
      const step = { event: status.toLowerCase(), to: status, by: BANK, prepare: learn, effects: [holdOrLift], say };
      return [{ ...step, from: [] }, ...(before(status).length > 0 ? [{ ...step, from: before(status) }] : [])];
    }),
    { event: 'amend', from: ALL, to: null, by: BANK, prepare: learn, say: sayDetails },
  ],
};
