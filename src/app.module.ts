import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeliveriesModule } from './deliveries/deliveries.module.js';
import { Drain } from './drain.js';
import { ApiModule } from './graphql/graphql.module.js';
import { RateLimitGuard } from './graphql/rate-limit.guard.js';
import { HealthController } from './health.controller.js';
import { InboxModule } from './inbox/inbox.module.js';
import { AbsencesModule } from './integrations/absences/absences.module.js';
import { AppointmentsModule } from './integrations/appointments/appointments.module.js';
import { FacilitiesModule } from './integrations/facilities/facilities.module.js';
import { PaymentsModule } from './integrations/payments/payments.module.js';
import { DisputesModule } from './integrations/disputes/disputes.module.js';
import { InboundModule } from './integrations/inbound/inbound.module.js';
import { JobBoardModule } from './integrations/jobs/job-board.module.js';
import { WebhooksModule } from './integrations/webhooks/webhooks.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { LiveModule } from './live/live.module.js';
import { logging } from './monitoring/logging.js';
import { MessagesModule } from './messages/messages.module.js';
import { MetricsController } from './monitoring/metrics.controller.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PlaygroundModule } from './playground/playground.module.js';
import { PresenceModule } from './presence/presence.module.js';
import { SearchModule } from './search/search.module.js';
import { SocketsModule } from './sockets/sockets.module.js';
import { TransitionsModule } from './transitions/transitions.module.js';

/** The composition root: features in the order of the import line. */
@Module({
  imports: [
    logging,
    DatabaseModule,
    JobsModule,
    LimitsModule,
    LiveModule,
    PresenceModule,
    MessagesModule,
    SearchModule,
    InboxModule,
    TransitionsModule,
    OrdersModule,
    DeliveriesModule,
    PaymentsModule,
    DisputesModule,
    AppointmentsModule,
    AbsencesModule,
    FacilitiesModule,
    InboundModule,
    JobBoardModule,
    WebhooksModule,
    NotificationsModule,
    ApiModule,
    SocketsModule,
    PlaygroundModule,
  ],
  controllers: [HealthController, MetricsController],
  // Here, in the first module, the guard comes before that of permissions.
  providers: [Drain, { provide: APP_GUARD, useClass: RateLimitGuard }],
})
export class AppModule {
  /** @param features modules of your own, which add to the API as ours do */
  static with(config: Config, features: Type[] = []): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.with(config), ...features] };
  }
}
