import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/context.js';
import { Session } from '../sessions/session.js';
import { User } from './user.entity.js';
import { UsersLoader } from './users.loader.js';
import { UsersService } from './users.service.js';

/** `Session.user`: who has just signed in. */
@Resolver(() => Session)
export class SessionUserResolver {
  constructor(
    private readonly loader: UsersLoader,
    private readonly users: UsersService,
  ) {}

  @ResolveField(() => User)
  async user(@Parent() session: Session, @Context() context: RequestContext): Promise<User | undefined> {
    const user = await this.loader.load(context, session.userId);
    if (user) this.users.isTheirOwn(user);
    return user;
  }
}
