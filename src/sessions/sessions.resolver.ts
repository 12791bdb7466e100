import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { Public, SignedIn } from '../policy/permission.decorators.js';
import { Session } from './session.js';
import { SignInInput } from './sessions.inputs.js';
import { SessionsService } from './sessions.service.js';

@Resolver()
export class SessionsResolver {
  constructor(private readonly sessions: SessionsService) {}

  @Public()
  @Mutation(() => Session, {
    description: 'For local accounts. 10 tries a minute per account and per address; then RATE_LIMITED with `retryAfterMs`.',
  })
  signIn(@Args('input') input: SignInInput, @Context() context: RequestContext): Promise<Session> {
    return this.sessions.signIn(input, context.address);
  }

  @Public()
  @Mutation(() => Session, { description: 'Exchanges a refresh token for the next pair. Each works once.' })
  refreshSession(@Args('refreshToken') refreshToken: string): Promise<Session> {
    return this.sessions.refresh(refreshToken);
  }

  @SignedIn()
  @Mutation(() => Boolean, {
    description: 'Ends the session of this token at once. False when it comes from an identity provider, where it has to be ended.',
  })
  signOut(@CurrentViewer() viewer: Viewer): Promise<boolean> {
    return this.sessions.signOut(viewer);
  }
}
