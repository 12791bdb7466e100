import { formatMoney } from '../../../common/values/money.js';
import type { Words } from '../../../timeline/log/notice.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Dispute } from './dispute.entity.js';
import { isNeutral } from './dispute.rules.js';

export const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms);

/** "ana offered 12.00 EUR" */
export function withMoney(text: string, { currency }: Dispute, minor: number | null): string {
  return minor === null || !currency ? text : `${text}: ${formatMoney(minor, currency)}`;
}

const WHOM = { AGREED: 'agreed', CLAIMANT: 'for the claimant', RESPONDENT: 'for the respondent', SPLIT: 'split', DISMISSED: 'dismissed' };

export const sayOutcome = (dispute: Dispute): string =>
  withMoney(dispute.outcome ? WHOM[dispute.outcome] : '', dispute, dispute.awardedMinor || null);

/** What the same is in other languages made from. */
export function wordsOf({ event, subject, payload, actor }: Move<Dispute>): Words {
  const { reason, amountMinor, awardedMinor, currency, outcome, decision, respondBy } = subject;
  const offered = typeof payload['amountMinor'] === 'number' ? payload['amountMinor'] : null;
  const missing = typeof payload['missingMinor'] === 'number' ? payload['missingMinor'] : null;
  return {
    cause: reason,
    amountMinor:
      { open: amountMinor, offer: offered, accept_claim: awardedMinor, accept_offer: awardedMinor, fall_short: missing }[event] ??
      (awardedMinor || null),
    currency,
    outcome: outcome ?? 'NONE',
    decision: event === 'confirm' ? decision : null,
    until: respondBy?.toISOString() ?? null,
    // As what they do it, not as what they sit there: a party may be staff.
    ...(event === 'escalate' && actor.source === 'USER' && { role: isNeutral(subject, actor) ? 'SUPPORT_STAFF' : 'PARTY' }),
  };
}
