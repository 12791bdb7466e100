import { Args, Field, ID, InputType, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { ForwardPageArgs } from '../../common/graphql/connection.js';
import { Prose } from '../../common/text/prose.js';
import { Text } from '../../common/text/text.js';
import { MAX_REASON } from '../../participants/participants.inputs.js';
import { RequiresPlatform } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import { Message } from '../../timeline/log/message.entity.js';
import { HeldMessage, HeldMessageConnection } from './held-message.entity.js';
import { HeldMessages } from './held-messages.service.js';

@InputType()
export class ReleaseHeldMessageInput {
  @Field(() => ID)
  heldMessageId: string;
}

@InputType()
export class RefuseHeldMessageInput {
  @Field(() => ID)
  heldMessageId: string;

  @Field(() => String, { description: 'The sender hears it when they try again; at most 500 characters.' })
  @Prose()
  @Text({ min: 1, max: MAX_REASON, trim: true })
  reason: string;
}

const Staff = () => RequiresPlatform(PlatformRole.SUPPORT, PlatformRole.ADMIN, PlatformRole.SERVICE);

@Resolver()
export class HeldMessagesResolver {
  constructor(private readonly held: HeldMessages) {}

  @Staff()
  @Query(() => HeldMessageConnection, { description: 'For platform staff and SERVICE; SUPPORT sees none of sensitive rooms.' })
  heldMessages(@CurrentViewer() viewer: Viewer, @Args() page: ForwardPageArgs) {
    return this.held.waiting(viewer, page);
  }

  @Staff()
  @Mutation(() => Message, {
    description:
      'Sends it in the name of its sender, who has to be allowed to at this moment. Idempotent. Errors: NOT_FOUND, CONFLICT (it was refused), and those of `sendMessage`.',
  })
  releaseHeldMessage(@CurrentViewer() viewer: Viewer, @Args('input') { heldMessageId }: ReleaseHeldMessageInput) {
    return this.held.release(viewer, heldMessageId);
  }

  @Staff()
  @Mutation(() => HeldMessage, { description: 'It is never sent. Idempotent. Errors: NOT_FOUND, CONFLICT (it was released).' })
  refuseHeldMessage(@CurrentViewer() viewer: Viewer, @Args('input') { heldMessageId, reason }: RefuseHeldMessageInput) {
    return this.held.refuse(viewer, heldMessageId, reason);
  }
}
