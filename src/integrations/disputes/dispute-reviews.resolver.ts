import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { Requires } from '../../policy/permission.decorators.js';
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

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'They get a seat in the room for some days.' })
  assignMediator(@CurrentViewer() viewer: Viewer, @Args('input') input: AssignMediatorInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('assign', input, { userId: input.userId }));
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'Of one party; `reason` says what.' })
  askForEvidence(@CurrentViewer() viewer: Viewer, @Args('input') input: AskForEvidenceInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('ask_evidence', input, { from: input.from, dueAt: input.dueAt?.toISOString() ?? null }),
    );
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'What you were asked for.' })
  submitEvidence(@CurrentViewer() viewer: Viewer, @Args('input') input: SubmitEvidenceInput) {
    return this.disputes.move(viewer, input.disputeId, { ...requestOf('submit_evidence', input), ...evidenceOfInput(input) });
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'For host systems, where they decide: the evidence did not come.' })
  proceedWithDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: ProceedWithDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('proceed', input));
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, {
    description: 'With a written `reason`. Where a lot is claimed it is a proposal that a second person confirms.',
  })
  decideDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: DecideDisputeInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('decide', input, { outcome: input.outcome, awardedMinor: input.awardedMinor ?? null }),
    );
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, {
    description: 'By somebody other than who proposed it. Errors: CONFLICT when another decision is proposed by now.',
  })
  confirmDecision(@CurrentViewer() viewer: Viewer, @Args('input') input: ConfirmDecisionInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('confirm', input, { outcome: input.outcome, awardedMinor: input.awardedMinor ?? null }),
    );
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'There is nothing to decide; `reason` says why.' })
  dismissDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: DismissDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('dismiss', input));
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'Whoever lost, once, within some days, with new evidence; `reason` says what was wrong.' })
  appealDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: AppealDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, { ...requestOf('appeal', input), ...evidenceOfInput(input) });
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'After an appeal, by somebody who has not decided before: it stays.' })
  upholdDecision(@CurrentViewer() viewer: Viewer, @Args('input') input: UpholdDecisionInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('uphold', input));
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'After an appeal, by somebody who has not decided before: it becomes another one.' })
  overturnDecision(@CurrentViewer() viewer: Viewer, @Args('input') input: OverturnDecisionInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('overturn', input, { outcome: input.outcome, awardedMinor: input.awardedMinor ?? null }),
    );
  }

  @Requires('room.read', BY_DISPUTE)
  @Mutation(() => Dispute, { description: 'For host systems, where they decide: nothing can be appealed any more.' })
  closeDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: CloseDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('close', input));
  }
}
