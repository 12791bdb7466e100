import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type RequestContext, type Viewer } from '../../auth/context.js';
import { Requires, SignedIn } from '../../policy/permission.decorators.js';
import { Room } from '../../rooms/room/room.entity.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../../transitions/subjects/subject-stream.resolver.js';
import { requestOf, type StepInput } from '../../transitions/transitions.inputs.js';
import { Transitions } from '../../transitions/transitions.service.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { JobLoader } from './job.loader.js';
import { JobListing } from './job-listing.js';
import { JobOffer } from './offers/job-offer.entity.js';
import {
  AcceptJobOfferInput,
  DeclineJobOfferInput,
  ExpireJobOfferInput,
  MakeJobOfferInput,
  WithdrawJobOfferInput,
} from './job-offer.inputs.js';
import { jobOfferMachine } from './offers/job-offer.machine.js';
import { JobOffers } from './offers/job-offers.service.js';

const BY_OFFER = { table: 'job_offers', argument: 'offerId' };

@Resolver(() => JobOffer)
export class JobOffersResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly offers: JobOffers,
    private readonly transitions: Transitions,
  ) {}

  @Requires('room.read', { table: 'job_offers', argument: 'id' })
  @Query(() => JobOffer, { description: 'For its bidder, the poster of the job, and the staff in its room.' })
  jobOffer(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(JobOffer, { id });
  }

  @SignedIn()
  @Mutation(() => JobOffer, {
    nullable: true,
    description:
      'For a job in the open, in a room with its poster that is opened for it. One at a time. The same key is the same offer. Null where only the host moves the job: it was asked for the offer in that room, see `pendingRequests`.',
  })
  makeJobOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: MakeJobOfferInput) {
    return this.offers.makeAs(viewer, input);
  }

  @StepOf(
    () => JobOffer,
    BY_OFFER,
    'Gives the job to its bidder, who joins its room. The other offers are declined. CONFLICT when it is taken.',
  )
  acceptJobOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: AcceptJobOfferInput) {
    return this.move(viewer, 'accept', input);
  }

  @StepOf(() => JobOffer, BY_OFFER, 'The bidder may make another one.')
  declineJobOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: DeclineJobOfferInput) {
    return this.move(viewer, 'decline', input);
  }

  @StepOf(() => JobOffer, BY_OFFER, 'By its bidder, while it is open. Who has the job already uses `withdrawFromJob`.')
  withdrawJobOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: WithdrawJobOfferInput) {
    return this.move(viewer, 'withdraw', input);
  }

  @StepOf(() => JobOffer, BY_OFFER, 'For the host. By itself it ends at `expiresAt`.')
  expireJobOffer(@CurrentViewer() viewer: Viewer, @Args('input') input: ExpireJobOfferInput) {
    return this.move(viewer, 'expire', input);
  }

  private move(viewer: Viewer, event: string, input: StepInput & { offerId: string }): Promise<JobOffer> {
    return this.transitions.move(jobOfferMachine, viewer, input.offerId, requestOf(event, input));
  }
}

/** What an offer tells beyond its own row. */
@Resolver(() => JobOffer)
export class JobOfferFieldsResolver {
  constructor(
    private readonly loader: JobLoader,
    private readonly users: UsersLoader,
  ) {}

  @ResolveField(() => JobListing, { description: 'For what it is made.' })
  job(@Parent() offer: JobOffer, @Context() context: RequestContext) {
    return this.loader.job(context, offer.jobId);
  }

  @ResolveField(() => User, { description: 'Who made it.' })
  worker(@Parent() offer: JobOffer, @Context() context: RequestContext) {
    return this.users.load(context, offer.workerId);
  }
}

@Resolver(() => Room)
export class RoomJobOffersResolver {
  constructor(private readonly loader: JobLoader) {}

  @ResolveField(() => [JobOffer], { description: 'In the room of a bidder with the poster of a job: the newest 50 offers, newest first.' })
  jobOffers(@Parent() room: Room, @Context() context: RequestContext): Promise<JobOffer[]> {
    return this.loader.offersIn(context, room.id);
  }
}

export const JobOfferStream = subjectStream(jobOfferMachine, 'jobOfferUpdated', 'job_offers');
