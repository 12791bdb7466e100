import type { Actor, Guard, Role } from '../../../transitions/machine/machine.js';
import type { Dispute } from './dispute.entity.js';
import { DisputeOutcome, DisputeStatus, DisputeViewerState } from './dispute.enums.js';

export type Party = 'OPENER' | 'RESPONDENT' | 'LOSER' | 'ASKED';

/** Not a room's own ADMIN, who may be anybody; a seat as MEDIATOR comes from the platform or the host. */
export const DECIDERS: readonly Role[] = ['MEDIATOR', 'PLATFORM_ADMIN', 'SERVICE'];
export const REVIEWERS: readonly Role[] = ['MEDIATOR', 'SUPPORT_STAFF', 'PLATFORM_SUPPORT', 'PLATFORM_ADMIN', 'SERVICE'];
/** Who may give somebody a seat as staff, as everywhere else. */
export const APPOINTERS: readonly Role[] = ['PLATFORM_SUPPORT', 'PLATFORM_ADMIN', 'SERVICE'];
/** Who takes it to review at any time, because somebody is in danger. */
export const GUARDIANS: readonly Role[] = ['SUPPORT_STAFF', 'PLATFORM_SUPPORT', 'PLATFORM_ADMIN'];

/** Who somebody is to a dispute. Where it was split, both have lost something. */
export function partiesOf({ openedBy, against, outcome, askedId }: Dispute, userId: string): Party[] {
  const side = userId === openedBy ? 'OPENER' : userId === against ? 'RESPONDENT' : null;
  if (!side) return [];
  const { CLAIMANT, RESPONDENT, SPLIT, DISMISSED } = DisputeOutcome;
  const lost: Record<typeof side, (DisputeOutcome | null)[]> = { OPENER: [RESPONDENT, DISMISSED, SPLIT], RESPONDENT: [CLAIMANT, SPLIT] };
  return [side, ...(lost[side].includes(outcome) ? (['LOSER'] as const) : []), ...(userId === askedId ? (['ASKED'] as const) : [])];
}

export const OVER: ReadonlySet<DisputeStatus> = new Set([DisputeStatus.FINAL, DisputeStatus.WITHDRAWN, DisputeStatus.EXPIRED]);
export const isOver = (status: string): boolean => OVER.has(status as DisputeStatus);

type DisputeGuard = Guard<Dispute>;

/** The host speaks for people only where it decides. */
export const orHost = (guard?: DisputeGuard): DisputeGuard => ({
  ...guard,
  says: [...(guard ? [guard.says] : []), 'SERVICE only where the host decides'].join('; '),
  holds: (dispute, actor, now) => (actor.role === 'SERVICE' ? dispute.authority === 'HOST' : (guard?.holds(dispute, actor, now) ?? true)),
});

const isParty = (dispute: Dispute, { userId }: Actor) => userId === dispute.openedBy || userId === dispute.against;

/** Staff of the platform and whom it gave a seat to judge, and the host; never a party, whatever else they are. */
export const isNeutral = (dispute: Dispute, actor: Actor): boolean =>
  !isParty(dispute, actor) && REVIEWERS.some((role) => role === actor.role || role === actor.staff);

export const NEUTRAL: DisputeGuard = {
  says: 'never a party',
  holds: (dispute, actor) => !isParty(dispute, actor),
};

export const SECOND_PERSON: DisputeGuard = {
  says: 'never a party; somebody other than who proposed the decision that waits',
  holds: (dispute, actor) => dispute.proposedBy !== null && dispute.proposedBy !== actor.userId && !isParty(dispute, actor),
};

export const ANOTHER_DECIDER: DisputeGuard = {
  says: 'never a party; somebody other than who decided',
  holds: (dispute, actor) => ![dispute.decidedBy, dispute.confirmedBy].includes(actor.userId) && !isParty(dispute, actor),
};

export const STUCK: DisputeGuard = {
  says: 'after a declined offer, or when the time to agree is over',
  code: 'CONFLICT',
  holds: ({ declinedAt, escalatableAt }, _, now) => declinedAt !== null || (escalatableAt !== null && escalatableAt <= now),
};

export const OTHERS_OFFER: DisputeGuard = {
  says: 'an offer of the other party is open',
  code: 'CONFLICT',
  holds: ({ offeredBy }, { userId }) => offeredBy !== null && offeredBy !== userId,
};

export const OWN_OFFER: DisputeGuard = {
  says: 'an offer of their own is open',
  code: 'CONFLICT',
  holds: ({ offeredBy }, { userId }) => offeredBy !== null && offeredBy === userId,
};

export const OFFER_OVER: DisputeGuard = {
  says: 'its time is over',
  code: 'CONFLICT',
  holds: ({ offerExpiresAt }, _, now) => offerExpiresAt !== null && offerExpiresAt <= now,
};

export const APPEALABLE: DisputeGuard = {
  says: 'once, in the days after the decision, and not what was agreed',
  code: 'CONFLICT',
  holds: ({ appealUntil, appealedBy }, _, now) => appealedBy === null && appealUntil !== null && now <= appealUntil,
};

/** What a dispute asks of one of its parties; null for everybody else. */
export function viewerStateOf(dispute: Dispute, userId: string, now: Date): DisputeViewerState | null {
  const parties = partiesOf(dispute, userId);
  if (parties.length === 0) return null;
  const turnOf = (isMine: boolean) => (isMine ? DisputeViewerState.REQUIRED_ACTION : DisputeViewerState.REQUIRED_OTHER_PARTY_ACTION);
  switch (dispute.status) {
    case DisputeStatus.OPENED:
      return DisputeViewerState.OPEN_INQUIRY;
    case DisputeStatus.AWAITING_RESPONSE:
      return turnOf(parties.includes('RESPONDENT'));
    case DisputeStatus.NEGOTIATING:
      return dispute.offeredBy === null ? DisputeViewerState.OPEN_INQUIRY : turnOf(dispute.offeredBy !== userId);
    case DisputeStatus.AWAITING_EVIDENCE:
      return turnOf(parties.includes('ASKED'));
    case DisputeStatus.UNDER_REVIEW:
    case DisputeStatus.UNDER_APPEAL:
      return DisputeViewerState.UNDER_REVIEW;
    case DisputeStatus.RESOLVED:
    case DisputeStatus.REJECTED: {
      const mayAppeal = parties.includes('LOSER') && APPEALABLE.holds(dispute, { source: 'USER', userId, role: 'CUSTOMER' }, now);
      return mayAppeal ? DisputeViewerState.APPEALABLE : DisputeViewerState.RESOLVED;
    }
    case DisputeStatus.FINAL:
    case DisputeStatus.WITHDRAWN:
    case DisputeStatus.EXPIRED:
      return DisputeViewerState.RESOLVED;
  }
}
