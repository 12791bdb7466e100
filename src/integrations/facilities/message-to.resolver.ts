import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../../auth/context.js';
import { Message } from '../../timeline/log/message.entity.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { FacilitiesLoader } from './facilities.loader.js';
import { Facility } from './facility/facility.entity.js';
import { MessageTo } from './message-to.js';

@Resolver(() => Message)
export class MessageAddressResolver {
  constructor(private readonly loader: FacilitiesLoader) {}

  @ResolveField(() => MessageTo, { nullable: true, description: 'To whom it was addressed; null where it was just said in its room.' })
  address(@Parent() message: Message, @Context() context: RequestContext) {
    return this.loader.address(context, message.id);
  }
}

@Resolver(() => MessageTo)
export class MessageToResolver {
  constructor(
    private readonly loader: FacilitiesLoader,
    private readonly users: UsersLoader,
  ) {}

  @ResolveField(() => User, { nullable: true, description: 'Null for a facility.' })
  user(@Parent() { userId }: MessageTo, @Context() context: RequestContext) {
    return userId === null ? null : this.users.load(context, userId);
  }

  @ResolveField(() => Facility, { nullable: true, description: 'Null for a person.' })
  facility(@Parent() { facilityId }: MessageTo, @Context() context: RequestContext) {
    return facilityId === null ? null : this.loader.facility(context, facilityId);
  }
}
