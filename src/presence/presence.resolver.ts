import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import type { Membership } from '../participants/membership/membership.js';
import { Me } from '../participants/membership/permission.guard.js';
import { Requires, SignedIn } from '../policy/permission.decorators.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { SetTypingInput, UpdatePresenceInput } from './presence.inputs.js';
import { PresenceLoader } from './presence.loader.js';
import { Presence } from './presence.service.js';
import { Typing } from './typing.service.js';

@Resolver(() => User)
export class PresenceResolver {
  constructor(
    private readonly presence: Presence,
    private readonly typing: Typing,
    private readonly users: UsersLoader,
    private readonly visible: PresenceLoader,
  ) {}

  @PerViewer()
  @ResolveField(() => Boolean, {
    nullable: true,
    description:
      'Connected, or seen within the last 5 minutes. Null when the person hides it, also for themselves, and for everybody who shares no room with them.',
  })
  async isOnline(@Parent() user: User, @Context() context: RequestContext): Promise<boolean | null> {
    return (await this.visible.isFor(context, user)) ? this.presence.shown(user).isOnline : null;
  }

  @PerViewer()
  @ResolveField(() => Date, {
    nullable: true,
    description: 'Exact to half a minute. Null before the first visit, and where `isOnline` is null.',
  })
  async lastSeenAt(@Parent() user: User, @Context() context: RequestContext): Promise<Date | null> {
    return (await this.visible.isFor(context, user)) ? this.presence.shown(user).lastSeenAt : null;
  }

  @SignedIn()
  @Mutation(() => User, { description: 'Hides whether I am online and when I was, or shows it again.' })
  async updatePresence(
    @CurrentViewer() viewer: Viewer,
    @Args('input') { isHidden }: UpdatePresenceInput,
    @Context() context: RequestContext,
  ): Promise<User | undefined> {
    await this.presence.hide(viewer.userId, isHidden);
    return this.users.load(context, viewer.userId);
  }

  @Requires('typing.set')
  @Mutation(() => Boolean, {
    description:
      'I am typing in this room, or not any more. It also ends when I send, leave, am muted or disconnect. Always true; it is stored nowhere.',
  })
  setTyping(@Me() me: Membership, @Args('input') { isTyping }: SetTypingInput): boolean {
    this.typing.set(me.roomId, me.userId, isTyping);
    return true;
  }
}
