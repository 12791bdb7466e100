import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ParticipantsModule } from '../../participants/participants.module.js';
import { MessagesModule } from '../../messages/messages.module.js';
import { ActiveEndpoints } from './endpoint/active-endpoints.service.js';
import { Attempts } from './log/attempts.service.js';
import { Courier } from './dispatch/courier.service.js';
import { Deliveries } from './deliveries.service.js';
import { DeliveryLog } from './log/delivery-log.service.js';
import { Dispatcher } from './dispatch/dispatcher.service.js';
import { ReadCourier } from './dispatch/read-courier.service.js';
import { ReadWatch } from './dispatch/read-watch.service.js';
import { EndpointHealth } from './log/endpoint-health.service.js';
import { Endpoints } from './endpoints.service.js';
import { MessageHook } from './message-hook.service.js';
import { Outbound } from './endpoint/outbound.service.js';
import { WebhookDelivery, WebhookPosition } from './log/webhook-delivery.entity.js';
import { WebhookRead } from './log/webhook-read.entity.js';
import { WebhookEndpoint } from './endpoint/webhook-endpoint.entity.js';
import { WebhooksResolver } from './webhooks.resolver.js';

/** Tells systems of the host what happens in rooms. */
@Module({
  imports: [TypeOrmModule.forFeature([WebhookEndpoint, WebhookDelivery, WebhookPosition, WebhookRead]), ParticipantsModule, MessagesModule],
  providers: [
    ActiveEndpoints,
    Outbound,
    EndpointHealth,
    Attempts,
    ReadCourier,
    Courier,
    Dispatcher,
    DeliveryLog,
    ReadWatch,
    Endpoints,
    Deliveries,
    MessageHook,
    WebhooksResolver,
  ],
  exports: [Outbound],
})
export class WebhooksModule {}
