import type { Move, Step } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeStage } from '../dispute/dispute.enums.js';
import { GUARDIANS, NEUTRAL, OFFER_OVER, orHost, OTHERS_OFFER, OWN_OFFER, type Party, STUCK } from '../dispute/dispute.rules.js';
import { later, withMoney } from '../dispute/wording.js';
import { agree } from './decisions.js';
import { CLOSE_AGREED, KEEP, LET_GO, NOTIFY, TAKE_EVIDENCE } from './disputes.effects.js';
import { endOffer, makeOffer, takeOffer } from './offers.js';
import { requireEvidence } from './review.js';

/** While the parties have the word. */
export const NEGOTIATION = ['OPENED', 'AWAITING_RESPONSE', 'NEGOTIATING'];

function toReview(move: Move<Dispute>): Promise<void> {
  move.subject.stage = DisputeStage.REVIEW;
  return endOffer(move, 'EXPIRED');
}

export const NEGOTIATION_STEPS: readonly Step<Dispute, Party>[] = [
  {
    event: 'open',
    from: [],
    to: 'OPENED',
    // Who is a side of the thing: `sides.ts` has judged it before there was anything to open.
    by: ['OPENER', 'SERVICE'],
    effects: [KEEP, TAKE_EVIDENCE, NOTIFY],
    say: ({ actorName, subject }) =>
      withMoney(`${actorName} opened a dispute (${subject.reason.toLowerCase().replaceAll('_', ' ')})`, subject, subject.amountMinor),
  },
  {
    event: 'notify',
    from: ['OPENED'],
    to: 'AWAITING_RESPONSE',
    by: ['SYSTEM', 'SERVICE'],
    guard: orHost(),
    prepare: ({ subject, at, config }) => {
      subject.respondBy = later(at, config.disputes.responseMs);
    },
    say: ({ subject }) => `The other party is asked to respond by ${subject.respondBy?.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  },
  {
    event: 'respond',
    from: ['AWAITING_RESPONSE'],
    to: 'NEGOTIATING',
    by: ['RESPONDENT', 'SERVICE'],
    guard: orHost(),
    prepare: ({ subject, at, config }) => {
      subject.escalatableAt = later(at, config.disputes.responseMs);
    },
    effects: [TAKE_EVIDENCE],
    say: ({ actorName }) => `${actorName} responded to the dispute`,
  },
  {
    event: 'accept_claim',
    from: ['AWAITING_RESPONSE'],
    to: 'RESOLVED',
    by: ['RESPONDENT', 'SERVICE'],
    guard: orHost(),
    prepare: ({ subject }) => agree(subject, subject.amountMinor),
    effects: [CLOSE_AGREED],
    say: ({ actorName, subject }) => withMoney(`${actorName} accepted the claim`, subject, subject.awardedMinor),
  },
  {
    event: 'offer',
    from: ['NEGOTIATING'],
    to: null,
    by: ['OPENER', 'RESPONDENT', 'SERVICE'],
    guard: orHost(),
    prepare: makeOffer,
    say: ({ actorName, subject, payload }) =>
      withMoney(`${actorName} made an offer`, subject, typeof payload['amountMinor'] === 'number' ? payload['amountMinor'] : null),
  },
  {
    event: 'accept_offer',
    from: ['NEGOTIATING'],
    to: 'RESOLVED',
    by: ['OPENER', 'RESPONDENT', 'SERVICE'],
    guard: orHost(OTHERS_OFFER),
    prepare: async (move) => agree(move.subject, (await takeOffer(move, 'ACCEPTED')).amountMinor),
    effects: [CLOSE_AGREED],
    say: ({ actorName, subject }) => withMoney(`${actorName} accepted the offer`, subject, subject.awardedMinor),
  },
  {
    event: 'decline_offer',
    from: ['NEGOTIATING'],
    to: null,
    by: ['OPENER', 'RESPONDENT', 'SERVICE'],
    guard: orHost(OTHERS_OFFER),
    prepare: async (move) => {
      await takeOffer(move, 'DECLINED');
      move.subject.declinedAt = move.at;
    },
    say: ({ actorName }) => `${actorName} declined the offer`,
  },
  {
    event: 'withdraw_offer',
    from: ['NEGOTIATING'],
    to: null,
    by: ['OPENER', 'RESPONDENT', 'SERVICE'],
    guard: orHost(OWN_OFFER),
    prepare: async (move) => void (await takeOffer(move, 'WITHDRAWN')),
    say: ({ actorName }) => `${actorName} withdrew the offer`,
  },
  {
    event: 'expire_offer',
    from: ['NEGOTIATING'],
    to: null,
    by: ['TIMER'],
    guard: OFFER_OVER,
    prepare: (move) => endOffer(move, 'EXPIRED'),
    say: () => 'The offer has expired',
  },
  {
    event: 'add_evidence',
    from: ['AWAITING_RESPONSE', 'NEGOTIATING', 'UNDER_REVIEW', 'AWAITING_EVIDENCE', 'UNDER_APPEAL'],
    to: null,
    by: ['OPENER', 'RESPONDENT', 'MEDIATOR', 'SERVICE'],
    needs: 'messages, a statement, or both',
    prepare: requireEvidence,
    effects: [TAKE_EVIDENCE],
    say: ({ actorName }) => `${actorName} added evidence`,
  },
  {
    // Of the host, and overtaken by what happened later: until the dispute is over it is not too late.
    event: 'add_evidence',
    from: [...NEGOTIATION, 'UNDER_REVIEW', 'AWAITING_EVIDENCE', 'RESOLVED', 'REJECTED', 'UNDER_APPEAL'],
    to: null,
    by: ['SYSTEM'],
    effects: [TAKE_EVIDENCE],
    say: () => 'Evidence was added that has come late',
  },
  {
    event: 'escalate',
    from: ['AWAITING_RESPONSE', 'NEGOTIATING'],
    to: 'UNDER_REVIEW',
    by: ['OPENER', 'RESPONDENT', 'SERVICE'],
    guard: orHost(STUCK),
    prepare: toReview,
    say: ({ actorName }) => `${actorName} asked for a review`,
  },
  {
    event: 'escalate',
    from: ['AWAITING_RESPONSE', 'NEGOTIATING'],
    to: 'UNDER_REVIEW',
    by: GUARDIANS,
    guard: NEUTRAL,
    needsReason: true,
    prepare: toReview,
    say: ({ actorName, reason }) => `${actorName} took the dispute to review, because safety is at stake: ${reason}`,
  },
  {
    event: 'escalate',
    from: ['AWAITING_RESPONSE'],
    to: 'UNDER_REVIEW',
    by: ['TIMER'],
    prepare: toReview,
    say: () => 'There was no response: the dispute goes to review',
  },
  {
    event: 'withdraw',
    from: NEGOTIATION,
    to: 'WITHDRAWN',
    by: ['OPENER', 'SERVICE'],
    guard: orHost(),
    prepare: (move) => endOffer(move, 'EXPIRED'),
    effects: [LET_GO],
    say: ({ actorName }) => `${actorName} withdrew the dispute`,
  },
  {
    event: 'expire',
    from: NEGOTIATION,
    to: 'EXPIRED',
    by: ['TIMER', 'SERVICE'],
    guard: orHost(),
    prepare: (move) => endOffer(move, 'EXPIRED'),
    effects: [LET_GO],
    say: () => 'Nobody has done anything about the dispute: it has expired',
  },
];
