import { Args, ID, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { connect, Connection, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { isId } from '../../common/values/ids.js';
import type { Membership } from '../../participants/membership/membership.js';
import { Me } from '../../participants/membership/permission.guard.js';
import { Requires, RequiresPlatform, SignedIn } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../../transitions/subjects/subject-stream.resolver.js';
import { requestOf } from '../../transitions/transitions.inputs.js';
import { Dispute } from './dispute/dispute.entity.js';
import { DisputeStatus } from './dispute/dispute.enums.js';
import { isOver } from './dispute/dispute.rules.js';
import {
  CreateDisputeInput,
  DisputeFilter,
  evidenceOfInput,
  OpenDisputeInput,
  AcceptDisputeClaimInput,
  AcceptDisputeOfferInput,
  AddEvidenceInput,
  DeclineDisputeOfferInput,
  EscalateDisputeInput,
  ExpireDisputeInput,
  MakeDisputeOfferInput,
  NotifyDisputeInput,
  RespondToDisputeInput,
  WithdrawDisputeInput,
  WithdrawDisputeOfferInput,
} from './disputes.inputs.js';
import { DisputesService } from './disputes.service.js';
import { disputeMachine } from './machine/dispute.machine.js';

@ObjectType({ description: 'Disputes, newest first.' })
export class DisputeConnection extends Connection(Dispute) {}

const BY_DISPUTE = { table: 'disputes', argument: 'disputeId' };
const STATUSES = Object.values(DisputeStatus);

/** What is asked of disputes, and what the parties do. The machine judges who may. */
@Resolver(() => Dispute)
export class DisputesResolver {
  constructor(private readonly disputes: DisputesService) {}

  @Requires('room.read', { table: 'disputes', argument: 'id' })
  @Query(() => Dispute, { description: 'Of a room that I can read. Errors: NOT_FOUND.' })
  dispute(@Args('id', { type: () => ID }) id: string) {
    return this.disputes.load(id);
  }

  @SignedIn()
  @Query(() => DisputeConnection, { description: 'That I have opened, that are against me, or whose mediator I am; newest first.' })
  async myDisputes(
    @CurrentViewer() viewer: Viewer,
    @Args() page: ForwardPageArgs,
    @Args('filter', { type: () => DisputeFilter, nullable: true }) filter?: DisputeFilter | null,
  ) {
    const size = pageSize(page.first);
    const [after = null] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const isLive = filter?.isLive ?? null;
    const statuses = isLive === null ? null : STATUSES.filter((status) => isOver(status) !== isLive);
    const found = await this.disputes.mine(viewer.userId, { after, statuses, limit: size + 1 });
    return connect(found.slice(0, size), ({ id }) => encodeCursor([id]), { next: found.length > size, previous: after !== null });
  }

  @Requires('dispute.open')
  @Mutation(() => Dispute, {
    description:
      'About a thing in the room of which you are one side, or the room itself; against the other side. A payment is yours in whatever role you speak. Until it is over nothing in the room is deleted. Errors: FORBIDDEN (it does not concern you), CONFLICT (`disputeId`: one is live, or was decided; or it is too late), BAD_USER_INPUT.',
  })
  openDispute(@Me() me: Membership, @Args('input') input: OpenDisputeInput) {
    return this.disputes.open(me, input);
  }

  @RequiresPlatform(PlatformRole.SERVICE)
  @Mutation(() => Dispute, {
    description:
      'For host systems: opens a dispute for somebody in the room. Errors: FORBIDDEN (no SERVICE token), NOT_FOUND, and those of `openDispute`.',
  })
  createDispute(@CurrentViewer() { userId }: Viewer, @Args('input') input: CreateDisputeInput) {
    return this.disputes.create({ source: 'SERVICE', userId, role: 'SERVICE' }, input);
  }

  @StepOf(() => Dispute, BY_DISPUTE, "For host systems: asks the other party to respond. Parley's own disputes do so by themselves.")
  notifyDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: NotifyDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('notify', input));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'The respondent does not agree: from now on the two parties negotiate.')
  respondToDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: RespondToDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, { ...requestOf('respond', input), ...evidenceOfInput(input) });
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'The respondent gives what is claimed, which ends it.')
  acceptDisputeClaim(@CurrentViewer() viewer: Viewer, @Args('input') input: AcceptDisputeClaimInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('accept_claim', input));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'An offer or a counter-offer; it takes the place of the one that is open.')
  makeDisputeOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: MakeDisputeOfferInput) {
    return this.disputes.move(
      viewer,
      input.disputeId,
      requestOf('offer', input, {
        amountMinor: input.amountMinor ?? null,
        terms: input.terms ?? null,
        expiresAt: input.expiresAt?.toISOString() ?? null,
        ...(input.onBehalfOf && { onBehalfOf: input.onBehalfOf }),
      }),
    );
  }

  @StepOf(() => Dispute, BY_DISPUTE, "The other party's offer, which ends the dispute. Errors: CONFLICT when it is not open any more.")
  acceptDisputeOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: AcceptDisputeOfferInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('accept_offer', input, { offerId: input.offerId }));
  }

  @StepOf(() => Dispute, BY_DISPUTE, "The other party's offer. From then on either may ask for a review.")
  declineDisputeOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: DeclineDisputeOfferInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('decline_offer', input, { offerId: input.offerId }));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'Takes back your own offer. CONFLICT when it is not open any more.')
  withdrawDisputeOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: WithdrawDisputeOfferInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('withdraw_offer', input, { offerId: input.offerId }));
  }

  @StepOf(
    () => Dispute,
    BY_DISPUTE,
    'Asks for somebody neutral: after a declined offer, or when the time to agree is over, CONFLICT before that. Staff of the platform do so at any time for safety, with a `reason`.',
  )
  escalateDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: EscalateDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('escalate', input));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'Whoever opened it gives up; as long as it is not under review.')
  withdrawDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: WithdrawDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('withdraw', input));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'For host systems, where they decide: the parties have let it rest.')
  expireDispute(@CurrentViewer() viewer: Viewer, @Args('input') input: ExpireDisputeInput) {
    return this.disputes.move(viewer, input.disputeId, requestOf('expire', input));
  }

  @StepOf(() => Dispute, BY_DISPUTE, 'Messages of the room, or a statement, at any time before the decision.')
  addEvidence(@CurrentViewer() viewer: Viewer, @Args('input') input: AddEvidenceInput) {
    return this.disputes.move(viewer, input.disputeId, { ...requestOf('add_evidence', input), ...evidenceOfInput(input) });
  }
}

export const DisputeStream = subjectStream(disputeMachine, 'disputeUpdated', 'disputes');
