import { Args, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { requestOf } from '../../transitions/transitions.inputs.js';
import { Dispute } from './dispute/dispute.entity.js';
import {
  evidenceOfInput,
  AppealDisputeInput,
  AskForEvidenceInput,
  AssignMediatorInput,
  CloseDisputeInput,
  ConfirmDecisionInput,
  DecideDisputeInput,
  DismissDisputeInput,
  OverturnDecisionInput,
  ProceedWithDisputeInput,
  SubmitEvidenceInput,
  UpholdDecisionInput,
} from './disputes.inputs.js';
import { DisputesService } from './disputes.service.js';

const BY_DISPUTE = { table: 'disputes', argument: 'disputeId' };

/** What happens once somebody neutral looks at it. The machine judges who may. */
@Resolver(() => Dispute)
export class DisputeReviewsResolver {
  constructor(private readonly disputes: DisputesService) {}

  @StepOf(
    () => Dispute,
    BY_DISPUTE,
    'By platform staff and host systems, who give seats to staff. They get one in the room, for `DISPUTE_ACCESS_DAYS`.',
  )
  assignMediator(@CurrentViewer() viewer: Viewer, @Args('input') input: AssignMediatorInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('assign', input, { userId: input.userId }));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'Of one party; `reason` says what. They have until `evidenceDueAt`.')
  askForEvidence(@CurrentViewer() viewer: Viewer, @Args('input') input: AskForEvidenceInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('ask_evidence', input, { from: input.from, dueAt: input.dueAt?.toISOString() ?? null }),
    );
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'What you were asked for.')
  submitEvidence(@CurrentViewer() viewer: Viewer, @Args('input') input: SubmitEvidenceInput) {
    return this.disputes.move(viewer, input.disputeId, { ...requestOf('submit_evidence', input), ...evidenceOfInput(input) });
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'For host systems, where they decide: the evidence did not come.')
  proceedWithDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: ProceedWithDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('proceed', input));
  }

  @StepOf(
    () => Dispute,
    BY_DISPUTE,
    'With a written `reason`. Where more than `DISPUTE_FOUR_EYES` is claimed it is a proposal that a second person confirms.',
  )
  decideDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: DecideDisputeInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('decide', input, { outcome: input.outcome, awardedMinor: input.awardedMinor ?? null }),
    );
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'By somebody other than who proposed it. Errors: CONFLICT when another decision is proposed by now.')
  confirmDecision(@CurrentViewer() viewer: Viewer, @Args('input') input: ConfirmDecisionInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('confirm', input, { outcome: input.outcome, awardedMinor: input.awardedMinor ?? null }),
    );
  }

  @StepOf(
    () => Dispute,
    BY_DISPUTE,
    'There is nothing to decide; `reason` says why. A proposal as of any decision where more than `DISPUTE_FOUR_EYES` is claimed.',
  )
  dismissDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: DismissDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('dismiss', input));
  }

  @StepOf(
    () => Dispute,
    BY_DISPUTE,
    'Whoever lost, once, until `appealUntil`, with new evidence; `reason` says what was wrong. CONFLICT after that.',
  )
  appealDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: AppealDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, { ...requestOf('appeal', input), ...evidenceOfInput(input) });
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'After an appeal, by somebody who has not decided before: it stays; `reason` says why.')
  upholdDecision(@CurrentViewer() viewer: Viewer, @Args('input') input: UpholdDecisionInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('uphold', input));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'After an appeal, by somebody who has not decided before: it becomes another one; `reason` says why.')
  overturnDecision(@CurrentViewer() viewer: Viewer, @Args('input') input: OverturnDecisionInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('overturn', input, { outcome: input.outcome, awardedMinor: input.awardedMinor ?? null }),
    );
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'For host systems, where they decide: nothing can be appealed any more.')
  closeDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: CloseDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('close', input));
  }
}
