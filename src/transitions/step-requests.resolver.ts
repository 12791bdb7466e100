import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { MembershipsLoader } from '../participants/membership/memberships.loader.js';
import { RequiresPlatform } from '../policy/permission.decorators.js';
import { PlatformRole } from '../policy/roles.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { Machines } from './machine/machines.js';
import { StepRequest } from './log/step-request.entity.js';
import { StepRequests } from './step-requests.service.js';
import { Subject } from './machine/subject.js';
import { DeclineRequestInput } from './transitions.inputs.js';
import { TransitionsLoader } from './log/transitions.loader.js';

/** What people have asked the host for. */
@Resolver(() => Subject)
export class PendingRequestsResolver {
  constructor(
    private readonly loader: TransitionsLoader,
    private readonly machines: Machines,
    private readonly memberships: MembershipsLoader,
  ) {}

  @PerViewer()
  @ResolveField(() => [StepRequest], {
    description: 'What people asked the host for and the host has not decided, as far as I may read where they asked it.',
  })
  async pendingRequests(@Parent() subject: Subject, @Context() context: RequestContext): Promise<StepRequest[]> {
    if (subject.authority !== 'HOST') return [];
    const asked = await this.loader.pendingOf(context, this.machines.of(subject).name, subject.id);
    const isSeen = async ({ roomId }: StepRequest) =>
      roomId === subject.roomId || (await this.memberships.of(context, roomId))?.may('room.read') === true;
    const seen = await Promise.all(asked.map(isSeen));
    return asked.filter((_, at) => seen[at]);
  }
}

@Resolver(() => StepRequest)
export class StepRequestsResolver {
  constructor(
    private readonly requests: StepRequests,
    private readonly users: UsersLoader,
  ) {}

  @RequiresPlatform(PlatformRole.SERVICE)
  @Mutation(() => StepRequest, {
    description:
      'The host will not do what somebody asked it for; the room hears so, and they can ask again. Errors: CONFLICT (it was carried out, or lapsed).',
  })
  declineRequest(@CurrentViewer() viewer: Viewer, @Args('input') input: DeclineRequestInput) {
    return this.requests.decline(viewer, input.requestId, input.reason ?? null);
  }

  @ResolveField(() => User)
  actor(@Parent() request: StepRequest, @Context() context: RequestContext) {
    return this.users.load(context, request.actorId);
  }
}
