import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { FastifyInstance } from 'fastify';
import { takeRawPosts } from '../../common/raw-posts.js';
import { DeliveriesModule } from '../../deliveries/deliveries.module.js';
import { OrdersModule } from '../../orders/orders.module.js';
import { Machines } from '../../transitions/machine/machines.js';
import { AppointmentsModule } from '../appointments/appointments.module.js';
import { DisputesModule } from '../disputes/disputes.module.js';
import { FacilitiesModule } from '../facilities/facilities.module.js';
import { JobBoardModule } from '../jobs/job-board.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { Providers } from '../payments/provider/providers.service.js';
import { AppointmentEvents } from './kinds/appointment-events.js';
import { DisputeEvents } from './kinds/dispute-events.js';
import { InboundHandlers } from './receiving/handlers.js';
import { InboundEvent } from './receiving/inbound-event.entity.js';
import { InboundEvents } from './inbound-events.service.js';
import { InboundResolver } from './inbound.resolver.js';
import { Integration } from './receiving/integration.entity.js';
import { Integrations } from './integrations.service.js';
import { JobEvents } from './kinds/job-events.js';
import { HostMerger } from './merging/host-merger.service.js';
import { Merger } from './merging/merger.service.js';
import { ProviderMerger } from './merging/provider-merger.service.js';
import { OrderEvents } from './kinds/order-events.js';
import { PaymentEvents } from './kinds/payment-events.js';
import { People } from './kinds/people.js';
import { InboundAllowance } from './receiving/allowance.service.js';
import { ProviderReceiver } from './receiving/provider-receiver.service.js';
import { InboundReceiver } from './receiving/receiver.service.js';
import { StudyEvents } from './kinds/study-events.js';
import { Things } from './kinds/things.js';

const BODY_LIMIT = 256 * 1024;

/** Systems of the host and payment providers tell us what has happened on their side. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Integration, InboundEvent]),
    OrdersModule,
    DeliveriesModule,
    PaymentsModule,
    DisputesModule,
    JobBoardModule,
    AppointmentsModule,
    FacilitiesModule,
  ],
  providers: [
    InboundHandlers,
    People,
    Things,
    OrderEvents,
    PaymentEvents,
    DisputeEvents,
    JobEvents,
    AppointmentEvents,
    StudyEvents,
    Integrations,
    InboundEvents,
    InboundAllowance,
    InboundReceiver,
    ProviderReceiver,
    HostMerger,
    ProviderMerger,
    Merger,
    InboundResolver,
  ],
})
export class InboundModule implements OnModuleInit {
  constructor(
    private readonly receiver: InboundReceiver,
    private readonly providerReceiver: ProviderReceiver,
    private readonly providers: Providers,
    private readonly merger: HostMerger,
    private readonly handlers: InboundHandlers,
    private readonly machines: Machines,
    private readonly host: HttpAdapterHost,
  ) {}

  /** When every module has added its machines, and before anything listens. */
  onModuleInit(): void {
    for (const name of this.handlers.aggregates) this.machines.observe(name, (move) => this.merger.follow(move));
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    takeRawPosts(server, '/webhooks/in/:integrationId', BODY_LIMIT, (post) => this.receiver.receive(post));
    const { stripe } = this.providers;
    if (stripe) takeRawPosts(server, `/webhooks/${stripe.name}`, BODY_LIMIT, (post) => this.providerReceiver.receive(stripe, post));
  }
}
