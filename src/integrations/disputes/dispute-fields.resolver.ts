import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { Clock } from '../../common/clock.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { MembershipsLoader } from '../../participants/membership/memberships.loader.js';
import { Room } from '../../rooms/room/room.entity.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { DisputeBundle, DisputeEvidence, DisputeOffer } from './dispute/dispute-file.entity.js';
import { Dispute } from './dispute/dispute.entity.js';
import { DisputeViewerState } from './dispute/dispute.enums.js';
import { viewerStateOf } from './dispute/dispute.rules.js';
import { DisputesLoader } from './disputes.loader.js';
import { isIntact } from './evidence/evidence.js';

@Resolver(() => Dispute)
export class DisputeFieldsResolver {
  constructor(
    private readonly loader: DisputesLoader,
    private readonly memberships: MembershipsLoader,
    private readonly clock: Clock,
  ) {}

  @PerViewer()
  @ResolveField(() => DisputeViewerState, {
    nullable: true,
    description: 'What it asks of you; null unless you are one of the two parties.',
  })
  viewerState(@Parent() dispute: Dispute, @Context() context: RequestContext) {
    return viewerStateOf(dispute, requireViewer(context).userId, this.clock.now());
  }

  @ResolveField(() => [DisputeOffer], { description: 'In the order in which they were made.' })
  offers(@Parent() dispute: Dispute, @Context() context: RequestContext) {
    return this.loader.offers(context, dispute.id);
  }

  @PerViewer()
  @ResolveField(() => [DisputeEvidence], {
    description: 'In the order in which it was handed in. For the two parties and for staff; to others it is empty.',
  })
  async evidence(@Parent() dispute: Dispute, @Context() context: RequestContext) {
    return (await this.mayReadFile(dispute, context)) ? this.loader.evidence(context, dispute.id) : [];
  }

  @PerViewer()
  @ResolveField(() => DisputeBundle, {
    nullable: true,
    description: 'Sealed when the dispute is FINAL; null before. For the two parties and for staff.',
  })
  async bundle(@Parent() dispute: Dispute, @Context() context: RequestContext) {
    return (await this.mayReadFile(dispute, context)) ? this.loader.bundle(context, dispute.id) : null;
  }

  /** Staff is who reads what messages said before they were changed. */
  private async mayReadFile(dispute: Dispute, context: RequestContext): Promise<boolean> {
    const viewer = requireViewer(context);
    const membership = await this.memberships.of(context, dispute.roomId);
    if (!membership) return false;
    return (
      viewer.userId === dispute.openedBy || viewer.userId === dispute.against || membership.may('message.readRevisions', { ownerId: null })
    );
  }
}

@Resolver(() => Dispute)
export class DisputePeopleResolver {
  constructor(private readonly users: UsersLoader) {}

  @ResolveField(() => User, { description: 'The claimant.' })
  openedBy(@Parent() { openedBy }: Dispute, @Context() context: RequestContext) {
    return this.users.load(context, openedBy);
  }

  @ResolveField(() => User, { description: 'The respondent.' })
  against(@Parent() { against }: Dispute, @Context() context: RequestContext) {
    return this.users.load(context, against);
  }

  @ResolveField(() => User, { nullable: true })
  mediator(@Parent() { mediatorId }: Dispute, @Context() context: RequestContext) {
    return mediatorId && this.users.load(context, mediatorId);
  }

  @ResolveField(() => User, { nullable: true, description: 'Who proposed the decision that waits for a second person.' })
  proposedBy(@Parent() { proposedBy }: Dispute, @Context() context: RequestContext) {
    return proposedBy && this.users.load(context, proposedBy);
  }

  @ResolveField(() => User, { nullable: true, description: 'Null as long as nobody has decided, and for the host.' })
  decidedBy(@Parent() { decidedBy }: Dispute, @Context() context: RequestContext) {
    return decidedBy && this.users.load(context, decidedBy);
  }
}

@Resolver(() => DisputeOffer)
export class DisputeOfferResolver {
  constructor(private readonly users: UsersLoader) {}

  @ResolveField(() => User)
  by(@Parent() { byId }: DisputeOffer, @Context() context: RequestContext) {
    return this.users.load(context, byId);
  }
}

@Resolver(() => DisputeEvidence)
export class DisputeEvidenceResolver {
  constructor(private readonly users: UsersLoader) {}

  @ResolveField(() => User, { nullable: true, description: 'Null for the host.' })
  by(@Parent() { byId }: DisputeEvidence, @Context() context: RequestContext) {
    return byId && this.users.load(context, byId);
  }

  @ResolveField(() => String, { description: 'Of `copy` as canonical JSON (RFC 8785), in hexadecimal.' })
  sha256(@Parent() { sha256 }: DisputeEvidence): string {
    return sha256.toString('hex');
  }

  @ResolveField(() => Boolean, { description: 'It still says what it said when it was handed in: the hash was computed again.' })
  isIntact(@Parent() evidence: DisputeEvidence): boolean {
    return isIntact(evidence);
  }
}

@Resolver(() => DisputeBundle)
export class DisputeBundleResolver {
  @ResolveField(() => String, { description: 'Of `content`, in hexadecimal.' })
  sha256(@Parent() { sha256 }: DisputeBundle): string {
    return sha256.toString('hex');
  }
}

@Resolver(() => Room)
export class RoomDisputesResolver {
  constructor(private readonly loader: DisputesLoader) {}

  @ResolveField(() => [Dispute], { description: 'The newest 50, newest first.' })
  disputes(@Parent() room: Room, @Context() context: RequestContext) {
    return this.loader.ofRoom(context, room.id);
  }
}
