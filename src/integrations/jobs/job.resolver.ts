import { Args, Context, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type RequestContext, requireViewer, type Viewer } from '../../auth/context.js';
import { ForwardPageArgs } from '../../common/graphql/connection.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { Requires, SignedIn } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import { Room } from '../../rooms/room/room.entity.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { subjectStream } from '../../transitions/subjects/subject-stream.resolver.js';
import { IN_HANDS, Job } from './job/job.entity.js';
import { JobFilter } from './job.inputs.js';
import { JobLoader } from './job.loader.js';
import { JobBoard } from './job-board.service.js';
import { JobContact } from './job/job-contact.entity.js';
import { JobConnection, JobListingConnection, JobOfferConnection } from './job-listing.js';
import { jobMachine } from './job/job.machine.js';

@Resolver(() => Job)
export class JobResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly board: JobBoard,
  ) {}

  @Requires('room.read', { table: 'jobs', argument: 'id' })
  @Query(() => Job, { description: 'For its poster, its worker and the staff in its room; everybody else finds open ones in `openJobs`.' })
  job(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Job, { id });
  }

  @SignedIn()
  @Query(() => JobListingConnection, { description: 'The jobs that take offers, the newest first.' })
  openJobs(@Args() page: ForwardPageArgs): Promise<JobListingConnection> {
    return this.board.open(page);
  }

  @SignedIn()
  @Query(() => JobConnection, { description: 'The jobs in whose rooms I am, as poster, worker or staff; the newest first.' })
  myJobs(
    @CurrentViewer() viewer: Viewer,
    @Args() page: ForwardPageArgs,
    @Args('filter', { nullable: true }) filter: JobFilter = {},
  ): Promise<JobConnection> {
    return this.board.mine(viewer, filter.status ?? null, page);
  }
}

/** What a job tells beyond its own row. */
@Resolver(() => Job)
export class JobFieldsResolver {
  constructor(
    private readonly loader: JobLoader,
    private readonly board: JobBoard,
    private readonly users: UsersLoader,
  ) {}

  @ResolveField(() => User)
  poster(@Parent() job: Job, @Context() context: RequestContext) {
    return this.users.load(context, job.posterId);
  }

  @ResolveField(() => User, { nullable: true, description: 'Null until an offer is accepted.' })
  worker(@Parent() job: Job, @Context() context: RequestContext) {
    return job.workerId && this.users.load(context, job.workerId);
  }

  @ResolveField(() => User, { nullable: true, description: 'Who of the two proposes to stop; the other one may agree.' })
  cancelProposedBy(@Parent() job: Job, @Context() context: RequestContext) {
    return job.cancelProposedBy && this.users.load(context, job.cancelProposedBy);
  }

  @PerViewer()
  @ResolveField(() => JobContact, {
    nullable: true,
    description: 'Where to go, and whom to call. Its poster sees it; worker and platform staff from ASSIGNED on. Null for everybody else.',
  })
  async contact(@Parent() job: Job, @Context() context: RequestContext): Promise<JobContact | null> {
    const { userId, platformRole } = requireViewer(context);
    const isOfWorker = userId === job.workerId || platformRole !== PlatformRole.USER;
    if (userId !== job.posterId && !(isOfWorker && IN_HANDS.has(job.status))) return null;
    return (await this.loader.contact(context, job.id)) ?? null;
  }

  @PerViewer()
  @ResolveField(() => JobOfferConnection, { description: 'All for its poster; a bidder sees their own only. The newest first.' })
  offers(@Parent() job: Job, @Args() page: ForwardPageArgs, @Context() context: RequestContext): Promise<JobOfferConnection> {
    return this.board.offers(job.id, requireViewer(context), page);
  }
}

@Resolver(() => Room)
export class RoomJobResolver {
  constructor(private readonly loader: JobLoader) {}

  @ResolveField(() => Job, { nullable: true, description: 'What the room is about, if it is a job. The room of a bidder has `jobOffers`.' })
  async job(@Parent() room: Room, @Context() context: RequestContext): Promise<Job | null> {
    return (await this.loader.ofRoom(context, room.id)) ?? null;
  }
}

export const JobStream = subjectStream(jobMachine, 'jobUpdated', 'jobs');
