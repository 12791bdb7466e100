import { Args, Context, ID, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { SignedIn } from '../policy/permission.decorators.js';
import { User } from './user.entity.js';
import { DeactivateUserInput, ReactivateUserInput, RegisterUserInput } from './users.inputs.js';
import { UsersLoader } from './users.loader.js';
import { UsersService } from './users.service.js';

@Resolver(() => User)
export class UsersResolver {
  constructor(
    private readonly users: UsersService,
    private readonly loader: UsersLoader,
  ) {}

  @SignedIn()
  @Query(() => User, { description: 'The person behind the token.' })
  me(@CurrentViewer() viewer: Viewer, @Context() context: RequestContext): User | Promise<User | undefined> {
    return this.loader.load(context, viewer.userId);
  }

  @SignedIn()
  @Query(() => User, { description: "A person by the host's own id. NOT_FOUND until they were registered or came themselves." })
  userByExternalId(@Args('externalId', { type: () => ID }) externalId: string): Promise<User> {
    return this.users.byExternalId(externalId);
  }

  @PerViewer()
  @ResolveField(() => String, { nullable: true, description: 'For the person and for platform staff; null for everybody else.' })
  email(user: User, _: unknown, context: RequestContext): string | null {
    return this.users.isOpenTo(context.viewer, user) ? user.email : null;
  }

  @SignedIn()
  @Mutation(() => User, {
    description: 'Creates or updates a person, so that they can be put into rooms before their first visit. For ADMIN and SERVICE.',
  })
  registerUser(@CurrentViewer() viewer: Viewer, @Args('input') input: RegisterUserInput): Promise<User> {
    return this.users.register(viewer, input);
  }

  @SignedIn()
  @Mutation(() => User, { description: 'Ends their sessions and refuses their tokens. For ADMIN and SERVICE.' })
  deactivateUser(@CurrentViewer() viewer: Viewer, @Args('input') { userId }: DeactivateUserInput): Promise<User> {
    return this.users.setActive(viewer, userId, false);
  }

  @SignedIn()
  @Mutation(() => User, { description: 'Lets a deactivated person in again. For ADMIN and SERVICE.' })
  reactivateUser(@CurrentViewer() viewer: Viewer, @Args('input') { userId }: ReactivateUserInput): Promise<User> {
    return this.users.setActive(viewer, userId, true);
  }
}
