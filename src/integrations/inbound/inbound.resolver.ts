import { Args, Field, ID, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { ForwardPageArgs } from '../../common/graphql/connection.js';
import { RequiresPlatform } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import {
  CreateIntegrationInput,
  InboundEventFilter,
  ReplayInboundEventInput,
  RotateIntegrationSecretInput,
  UpdateIntegrationInput,
} from './inbound.inputs.js';
import { InboundEvent, InboundEventConnection } from './receiving/inbound-event.entity.js';
import { InboundEvents } from './inbound-events.service.js';
import { Integration } from './receiving/integration.entity.js';
import { Integrations } from './integrations.service.js';

@ObjectType({ description: 'An integration with a new secret, which is shown this once.' })
export class IntegrationWithSecret {
  @Field(() => Integration)
  integration: Integration;

  @Field(() => String, { description: 'For the libraries of Standard Webhooks and of Stripe: "whsec_…".' })
  secret: string;
}

const Operators = () => RequiresPlatform(PlatformRole.ADMIN, PlatformRole.SERVICE);
const FOR_WHOM = 'For ADMIN and SERVICE.';

@Resolver()
export class InboundResolver {
  constructor(
    private readonly all: Integrations,
    private readonly events: InboundEvents,
  ) {}

  @Operators()
  @Query(() => [Integration], { description: `The systems that may send us events, oldest first. ${FOR_WHOM}` })
  integrations() {
    return this.all.all();
  }

  @Operators()
  @Query(() => InboundEventConnection, { description: `What they and payment providers sent, newest first. ${FOR_WHOM}` })
  inboundEvents(@Args() page: ForwardPageArgs, @Args('filter', { nullable: true }) filter?: InboundEventFilter) {
    return this.events.list(page, filter ?? {});
  }

  @Operators()
  @Query(() => InboundEvent, { description: `With its body as it came. ${FOR_WHOM}` })
  inboundEvent(@Args('id', { type: () => ID }) id: string) {
    return this.events.one(id);
  }

  @Operators()
  @Mutation(() => IntegrationWithSecret, {
    description: `It sends to /webhooks/in/<id>. At most 100. ${FOR_WHOM} Errors: CONFLICT (too many), UNAVAILABLE (no SECRETS_KEY).`,
  })
  createIntegration(@CurrentViewer() viewer: Viewer, @Args('input') input: CreateIntegrationInput) {
    return this.all.create(viewer.userId, input);
  }

  @Operators()
  @Mutation(() => Integration, { description: FOR_WHOM })
  updateIntegration(@Args('input') input: UpdateIntegrationInput) {
    return this.all.update(input);
  }

  @Operators()
  @Mutation(() => IntegrationWithSecret, {
    description: `A new secret; the earlier ones verify for a while. ${FOR_WHOM} Errors: CONFLICT (five verify already).`,
  })
  rotateIntegrationSecret(@Args('input') input: RotateIntegrationSecretInput) {
    return this.all.rotate(input);
  }

  @Operators()
  @Mutation(() => InboundEvent, {
    description: `Merges it once more, also what it was not allowed to send. ${FOR_WHOM} Errors: CONFLICT (it was processed, or is about to be).`,
  })
  replayInboundEvent(@Args('input') { inboundEventId }: ReplayInboundEventInput) {
    return this.events.replay(inboundEventId);
  }
}
