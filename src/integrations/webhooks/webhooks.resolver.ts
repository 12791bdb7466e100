import { Args, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { ForwardPageArgs } from '../../common/graphql/connection.js';
import { RequiresPlatform } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import { Deliveries } from './deliveries.service.js';
import { Endpoints } from './endpoints.service.js';
import { WebhookDelivery, WebhookDeliveryConnection } from './log/webhook-delivery.entity.js';
import { WebhookEndpoint } from './endpoint/webhook-endpoint.entity.js';
import {
  CreateWebhookEndpointInput,
  DeleteWebhookEndpointInput,
  PauseWebhookEndpointInput,
  ReplayWebhooksInput,
  ResumeWebhookEndpointInput,
  RotateWebhookSecretInput,
  SendTestEventInput,
  UpdateWebhookEndpointInput,
  WebhookDeliveryFilter,
} from './webhooks.inputs.js';

@ObjectType({ description: 'An endpoint with a new secret, which is shown this once.' })
export class WebhookEndpointWithSecret {
  @Field(() => WebhookEndpoint)
  endpoint: WebhookEndpoint;

  @Field(() => String, { description: 'For the libraries of Standard Webhooks: "whsec_…".' })
  secret: string;
}

const Operators = () => RequiresPlatform(PlatformRole.ADMIN, PlatformRole.SERVICE);
const FOR_WHOM = 'For ADMIN and SERVICE.';

@Resolver()
export class WebhooksResolver {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
  ) {}

  @Operators()
  @Query(() => [WebhookEndpoint], { description: `All endpoints, oldest first. ${FOR_WHOM}` })
  webhookEndpoints() {
    return this.endpoints.all();
  }

  @Operators()
  @Query(() => WebhookEndpoint, { description: FOR_WHOM })
  webhookEndpoint(@Args('id', { type: () => ID }) id: string) {
    return this.endpoints.one(id);
  }

  @Operators()
  @Query(() => WebhookDeliveryConnection, { description: `What an endpoint was told, and what it answered. ${FOR_WHOM}` })
  webhookDeliveries(
    @Args('endpointId', { type: () => ID }) endpointId: string,
    @Args() page: ForwardPageArgs,
    @Args('filter', { nullable: true }) filter?: WebhookDeliveryFilter,
  ) {
    return this.deliveries.log(endpointId, page, filter ?? {});
  }

  @Operators()
  @Mutation(() => WebhookEndpointWithSecret, {
    description: `It is told of what happens from now on. At most 100. ${FOR_WHOM} Errors: BAD_USER_INPUT (an address that is not public), CONFLICT (too many), UNAVAILABLE (no SECRETS_KEY).`,
  })
  createWebhookEndpoint(@CurrentViewer() viewer: Viewer, @Args('input') input: CreateWebhookEndpointInput) {
    return this.endpoints.create(viewer.userId, input);
  }

  @Operators()
  @Mutation(() => WebhookEndpoint, { description: FOR_WHOM })
  updateWebhookEndpoint(@Args('input') input: UpdateWebhookEndpointInput) {
    return this.endpoints.update(input);
  }

  @Operators()
  @Mutation(() => WebhookEndpointWithSecret, {
    description: `A new secret; the earlier ones sign along for a while. ${FOR_WHOM} Errors: CONFLICT (five sign already).`,
  })
  rotateWebhookSecret(@Args('input') input: RotateWebhookSecretInput) {
    return this.endpoints.rotate(input);
  }

  @Operators()
  @Mutation(() => WebhookEndpoint, { description: `What happens meanwhile is told when it is resumed. ${FOR_WHOM}` })
  pauseWebhookEndpoint(@Args('input') { endpointId }: PauseWebhookEndpointInput) {
    return this.endpoints.pause(endpointId);
  }

  @Operators()
  @Mutation(() => WebhookEndpoint, { description: `Also for one that is DISABLED. What waits is tried at once. ${FOR_WHOM}` })
  resumeWebhookEndpoint(@Args('input') { endpointId }: ResumeWebhookEndpointInput) {
    return this.endpoints.resume(endpointId);
  }

  @Operators()
  @Mutation(() => Boolean, { description: `With its log. ${FOR_WHOM}` })
  deleteWebhookEndpoint(@Args('input') { endpointId }: DeleteWebhookEndpointInput) {
    return this.endpoints.delete(endpointId);
  }

  @Operators()
  @Mutation(() => Int, {
    description: `Tells again, under the same \`webhook-id\`: all of a room after a place in it, in order; one delivery; or those of a time. How many deliveries begin anew. ${FOR_WHOM} Errors: CONFLICT (it is on its way already).`,
  })
  replayWebhooks(@Args('input') input: ReplayWebhooksInput) {
    return this.deliveries.replay(input);
  }

  @Operators()
  @Mutation(() => WebhookDelivery, { description: `An event "webhook.test", one attempt, and how it went. ${FOR_WHOM}` })
  sendTestEvent(@Args('input') { endpointId }: SendTestEventInput) {
    return this.deliveries.test(endpointId);
  }
}
