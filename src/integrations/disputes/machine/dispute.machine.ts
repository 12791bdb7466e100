import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Machine } from '../../../transitions/machine/machine.js';
import { Dispute } from '../dispute/dispute.entity.js';
import { type Party, partiesOf } from '../dispute/dispute.rules.js';
import { later, wordsOf } from '../dispute/wording.js';
import { NEGOTIATION, NEGOTIATION_STEPS } from './negotiation.steps.js';
import { DECIDED, REVIEW_STEPS } from './review.steps.js';

/** Two people settle it, else somebody neutral decides. The windows are settings; they begin as those of the well-known platforms. */
export const disputeMachine: Machine<Dispute, Party> = {
  name: 'dispute',
  entity: Dispute,
  kind: MessageKind.DISPUTE,
  parties: partiesOf,
  facts: ({ contextKind, contextId, openedBy, against, reason, stage, amountMinor, currency, outcome, awardedMinor }) => ({
    ...{ contextKind, contextId, openedBy, against, disputeReason: reason, stage, amountMinor, currency, outcome, awardedMinor },
  }),
  words: wordsOf,
  steps: [...NEGOTIATION_STEPS, ...REVIEW_STEPS],
  deadlines: [
    { in: ['AWAITING_RESPONSE'], event: 'escalate', due: ({ respondBy }) => respondBy, says: 'when the time to respond is over' },
    { in: ['NEGOTIATING'], event: 'expire_offer', due: ({ offerExpiresAt }) => offerExpiresAt, restarts: true, says: "at the offer's end" },
    {
      in: NEGOTIATION,
      event: 'expire',
      due: (_, at, { disputes }) => later(at, disputes.idleMs),
      restarts: true,
      says: 'after 20 days (`DISPUTE_IDLE_DAYS`) without a step',
    },
    { in: ['AWAITING_EVIDENCE'], event: 'proceed', due: ({ evidenceDueAt }) => evidenceDueAt, says: 'when the time to hand it in is over' },
    { in: DECIDED, event: 'close', due: ({ appealUntil }) => appealUntil, says: 'when nobody can appeal any more' },
    {
      in: ['UNDER_REVIEW', 'AWAITING_EVIDENCE', ...DECIDED, 'UNDER_APPEAL'],
      event: 'end_access',
      due: ({ accessUntil }) => accessUntil,
      restarts: true,
      isOurs: true,
      says: 'after 14 days (`DISPUTE_ACCESS_DAYS`) as its mediator, also where the host decides',
    },
  ],
};
