import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { type Move } from '../transitions/machine.js';
import { Machines } from '../transitions/machines.js';
import { TransitionsModule } from '../transitions/transitions.module.js';
import { DeliveriesResolver, DeliveryFieldsResolver } from './deliveries.resolver.js';
import { DeliveriesService } from './deliveries.service.js';
import { Delivery } from './delivery.entity.js';
import { deliveryMachine } from './delivery.machine.js';
import { Order } from './order.entity.js';
import { orderMachine } from './order.machine.js';
import { OrderExportController } from './order-export.controller.js';
import { OrderTimers } from './order-timers.service.js';
import { OrdersLoader } from './orders.loader.js';
import { liveDelivery } from './orders.queries.js';
import { OrderFieldsResolver, OrdersResolver, RoomOrderResolver } from './orders.resolver.js';
import { OrdersService } from './orders.service.js';

/** What is not sold is not delivered. */
async function cancelDelivery(move: Move): Promise<void> {
  if (move.to !== 'CANCELED' && move.to !== 'REJECTED') return;
  const delivery = await liveDelivery(move.manager, move.subject.id);
  if (delivery) await move.fire(deliveryMachine, delivery, { event: 'cancel' });
}

@Module({
  imports: [TypeOrmModule.forFeature([Order, Delivery]), AuthModule, TransitionsModule],
  controllers: [OrderExportController],
  providers: [
    OrdersService,
    DeliveriesService,
    OrderTimers,
    OrdersLoader,
    OrdersResolver,
    OrderFieldsResolver,
    RoomOrderResolver,
    DeliveriesResolver,
    DeliveryFieldsResolver,
  ],
  exports: [OrdersService, DeliveriesService, OrderTimers, OrdersLoader, TransitionsModule],
})
export class OrdersModule {
  constructor(machines: Machines) {
    machines.add(orderMachine);
    machines.add(deliveryMachine);
    machines.observe('order', cancelDelivery);
  }
}
