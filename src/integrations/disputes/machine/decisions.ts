import { badInput, ParleyError } from '../../../common/errors/errors.js';
import { digitsOf } from '../../../common/values/money.js';
import { ANY_CURRENCY } from '../../../config/config.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeOutcome } from '../dispute/dispute.enums.js';

type DisputeMove = Move<Dispute>;

/** What the parties agreed is never decided by anybody else, and cannot be appealed. */
export function agree(subject: Dispute, awardedMinor: number | null): void {
  subject.outcome = DisputeOutcome.AGREED;
  subject.awardedMinor = awardedMinor;
}

/** Whether one decider is not enough, whatever they decide. The host answers for its own decisions. */
export function needsTwo({ subject, config, actor }: Pick<DisputeMove, 'subject' | 'config' | 'actor'>): boolean {
  const { amountMinor, currency } = subject;
  if (actor.role === 'SERVICE' || amountMinor === null || currency === null) return false;
  const { fourEyes } = config.disputes;
  return amountMinor > (fourEyes.get(currency) ?? fourEyes.get(ANY_CURRENCY) ?? 0) * 10 ** digitsOf(currency);
}

/** @throws BAD_USER_INPUT where the award does not fit the outcome */
function verdictOf({ subject, payload }: DisputeMove): { outcome: DisputeOutcome; award: number | null } {
  const { outcome, awardedMinor } = payload as { outcome: DisputeOutcome; awardedMinor: number | null };
  const { amountMinor } = subject;
  const wrong = (message: string) => badInput('input.awardedMinor', message);
  if (amountMinor === null) {
    if (awardedMinor !== null) throw wrong('This dispute is not about money');
    return { outcome, award: null };
  }
  if (outcome === DisputeOutcome.RESPONDENT) {
    if (awardedMinor !== null) throw wrong('A decision for the respondent awards nothing');
    return { outcome, award: 0 };
  }
  if (outcome === DisputeOutcome.CLAIMANT) {
    if (awardedMinor !== null && awardedMinor !== amountMinor)
      throw wrong('A decision for the claimant awards what is claimed, else it is SPLIT');
    return { outcome, award: amountMinor };
  }
  if (awardedMinor === null || awardedMinor >= amountMinor) throw wrong('A split awards less than is claimed, and more than nothing');
  return { outcome, award: awardedMinor };
}

function settle({ subject, at, config }: DisputeMove, outcome: DisputeOutcome, award: number | null, by: string | null): void {
  subject.outcome = outcome;
  subject.awardedMinor = award;
  subject.decidedBy = by;
  subject.appealUntil = new Date(at.getTime() + config.disputes.appealMs);
  subject.proposedOutcome = subject.proposedAwardMinor = subject.proposedBy = null;
}

/** In effect at once, or a proposal that a second person has to confirm. */
function pronounce(move: DisputeMove, outcome: DisputeOutcome, award: number | null): void {
  const { subject, actor } = move;
  subject.decision = move.reason;
  if (move.to !== move.from) return settle(move, outcome, award, actor.userId);
  subject.proposedOutcome = outcome;
  subject.proposedAwardMinor = award;
  subject.proposedBy = actor.userId;
}

export function decide(move: DisputeMove): void {
  const { outcome, award } = verdictOf(move);
  pronounce(move, outcome, award);
}

/** For the respondent in effect, so it takes as many people. */
export const dismiss = (move: DisputeMove): void => pronounce(move, DisputeOutcome.DISMISSED, move.subject.amountMinor === null ? null : 0);

/** @throws CONFLICT when the proposal is not the one that the second person has seen */
export function confirm(move: DisputeMove): void {
  const { subject, actor, payload } = move;
  const { proposedOutcome, proposedAwardMinor, proposedBy } = subject;
  if (payload['outcome'] !== proposedOutcome || payload['awardedMinor'] !== proposedAwardMinor) {
    throw new ParleyError('CONFLICT', 'Another decision is proposed');
  }
  settle(move, proposedOutcome!, proposedAwardMinor, proposedBy);
  subject.confirmedBy = actor.userId;
}

/** On appeal somebody else has decided already: one more person is enough. */
export function overturn(move: DisputeMove): void {
  const { outcome, award } = verdictOf(move);
  if (outcome === move.subject.outcome && award === move.subject.awardedMinor) {
    throw badInput('input.outcome', 'This is the decision that stands: uphold it');
  }
  move.subject.outcome = outcome;
  move.subject.awardedMinor = award;
  move.subject.decision = move.reason;
}
