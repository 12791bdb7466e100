import type { Step } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeOutcome, DisputeStage } from '../dispute/dispute.enums.js';
import {
  ANOTHER_DECIDER,
  APPEALABLE,
  APPOINTERS,
  DECIDERS,
  NEUTRAL,
  REVIEWERS,
  orHost,
  type Party,
  SECOND_PERSON,
} from '../dispute/dispute.rules.js';
import { sayOutcome, withMoney } from '../dispute/wording.js';
import { confirm, decide, dismiss, needsTwo, overturn } from './decisions.js';
import { BRING_MEDIATOR, END_ACCESS, LET_GO, PAY_OUT, SEAL, TAKE_EVIDENCE } from './disputes.effects.js';
import { askFor, chooseMediator, endAccess, requireEvidence } from './review.js';

export const DECIDED = ['RESOLVED', 'REJECTED'];

/** Once somebody neutral has the word. */
export const REVIEW_STEPS: readonly Step<Dispute, Party>[] = [
  {
    event: 'assign',
    from: ['UNDER_REVIEW', 'UNDER_APPEAL'],
    to: null,
    by: APPOINTERS,
    guard: NEUTRAL,
    prepare: chooseMediator,
    effects: [BRING_MEDIATOR],
    say: ({ actorName }) => `${actorName} assigned a mediator`,
  },
  {
    event: 'end_access',
    from: ['UNDER_REVIEW', 'AWAITING_EVIDENCE', ...DECIDED, 'UNDER_APPEAL'],
    to: null,
    by: ['TIMER'],
    prepare: endAccess,
    effects: [END_ACCESS],
    say: () => "The mediator's time is over",
  },
  {
    event: 'ask_evidence',
    from: ['UNDER_REVIEW'],
    to: 'AWAITING_EVIDENCE',
    by: REVIEWERS,
    guard: NEUTRAL,
    needsReason: true,
    prepare: askFor,
    say: ({ actorName, reason }) => `${actorName} asked for evidence: ${reason}`,
  },
  {
    event: 'submit_evidence',
    from: ['AWAITING_EVIDENCE'],
    to: 'UNDER_REVIEW',
    by: ['ASKED', 'SERVICE'],
    guard: orHost(),
    prepare: (move) => {
      requireEvidence(move);
      move.subject.askedId = move.subject.evidenceDueAt = null;
    },
    effects: [TAKE_EVIDENCE],
    say: ({ actorName }) => `${actorName} handed in the evidence that was asked for`,
  },
  {
    event: 'proceed',
    from: ['AWAITING_EVIDENCE'],
    to: 'UNDER_REVIEW',
    by: ['TIMER', 'SERVICE'],
    guard: orHost(),
    prepare: ({ subject }) => {
      subject.askedId = subject.evidenceDueAt = null;
    },
    say: () => 'The evidence that was asked for did not come: the review goes on',
  },
  {
    event: 'decide',
    from: ['UNDER_REVIEW'],
    to: ['RESOLVED', 'UNDER_REVIEW'],
    choose: (move) => (needsTwo(move) ? 'UNDER_REVIEW' : 'RESOLVED'),
    by: DECIDERS,
    guard: orHost(NEUTRAL),
    needsReason: true,
    prepare: decide,
    say: ({ actorName, subject, reason }) =>
      subject.outcome
        ? `${actorName} decided: ${sayOutcome(subject)}. ${reason}`
        : `${actorName} proposed a decision, which a second person has to confirm`,
  },
  {
    event: 'confirm',
    from: ['UNDER_REVIEW'],
    to: ['RESOLVED', 'REJECTED'],
    choose: ({ subject }) => (subject.proposedOutcome === DisputeOutcome.DISMISSED ? 'REJECTED' : 'RESOLVED'),
    by: ['MEDIATOR', 'PLATFORM_ADMIN'],
    guard: SECOND_PERSON,
    prepare: confirm,
    say: ({ actorName, subject }) => `${actorName} confirmed the decision: ${sayOutcome(subject)}. ${subject.decision}`,
  },
  {
    event: 'dismiss',
    from: ['UNDER_REVIEW'],
    to: ['REJECTED', 'UNDER_REVIEW'],
    choose: (move) => (needsTwo(move) ? 'UNDER_REVIEW' : 'REJECTED'),
    by: DECIDERS,
    guard: orHost(NEUTRAL),
    needsReason: true,
    prepare: dismiss,
    say: ({ actorName, to, reason }) =>
      to === 'REJECTED'
        ? `${actorName} dismissed the dispute: ${reason}`
        : `${actorName} proposed to dismiss the dispute, which a second person has to confirm`,
  },
  {
    event: 'appeal',
    from: DECIDED,
    to: 'UNDER_APPEAL',
    by: ['LOSER', 'SERVICE'],
    guard: orHost(APPEALABLE),
    needsReason: true,
    prepare: (move) => {
      requireEvidence(move);
      move.subject.stage = DisputeStage.APPEAL;
      move.subject.appealedBy = move.actor.userId;
    },
    effects: [TAKE_EVIDENCE],
    say: ({ actorName, reason }) => `${actorName} appealed: ${reason}`,
  },
  {
    event: 'uphold',
    from: ['UNDER_APPEAL'],
    to: 'FINAL',
    by: DECIDERS,
    guard: orHost(ANOTHER_DECIDER),
    needsReason: true,
    effects: [PAY_OUT, LET_GO, SEAL],
    say: ({ actorName, reason }) => `${actorName} upheld the decision: ${reason}`,
  },
  {
    event: 'overturn',
    from: ['UNDER_APPEAL'],
    to: 'FINAL',
    by: DECIDERS,
    guard: orHost(ANOTHER_DECIDER),
    needsReason: true,
    prepare: overturn,
    effects: [PAY_OUT, LET_GO, SEAL],
    say: ({ actorName, subject, reason }) => `${actorName} overturned the decision: ${sayOutcome(subject)}. ${reason}`,
  },
  {
    event: 'close',
    from: DECIDED,
    to: 'FINAL',
    by: ['TIMER', 'SYSTEM', 'SERVICE'],
    guard: orHost(),
    effects: [PAY_OUT, LET_GO, SEAL],
    say: ({ subject }) => `The dispute is closed: ${sayOutcome(subject)}`,
  },
  {
    event: 'fall_short',
    from: ['FINAL'],
    to: null,
    by: ['SYSTEM'],
    say: ({ subject, payload }) =>
      withMoney(
        'This part of the award could not be carried out here, and is left to the parties',
        subject,
        payload['missingMinor'] as number,
      ),
  },
];
