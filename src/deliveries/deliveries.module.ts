import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OrdersModule } from '../orders/orders.module.js';
import { Deadlines } from '../transitions/deadlines/deadlines.service.js';
import { type Move } from '../transitions/machine/machine.js';
import { Machines } from '../transitions/machine/machines.js';
import { DeliveriesLoader } from './deliveries.loader.js';
import { liveDelivery } from './deliveries.queries.js';
import { DeliveriesResolver, DeliveryFieldsResolver, DeliveryStream, OrderDeliveriesResolver } from './deliveries.resolver.js';
import { DeliveriesService } from './deliveries.service.js';
import { isPastDelivery, RIDER_LEAVES, takeRiderOut } from './delivery.effects.js';
import { Delivery } from './delivery.entity.js';
import { deliveryMachine } from './delivery.machine.js';

/** What is not sold is not delivered. */
async function cancelDelivery(move: Move): Promise<void> {
  if (move.to !== 'CANCELED' && move.to !== 'REJECTED') return;
  const delivery = await liveDelivery(move.manager, move.subject.id);
  if (delivery) await move.fire(deliveryMachine, delivery.id, { event: 'cancel' });
}

/** The host may tell of an order's end and never of its delivery's: that stays as it is, and its rider has no reason to read on. */
async function letRiderGo({ manager, subject, from, to, at, config }: Move, deadlines: Deadlines): Promise<void> {
  if (to === from || !isPastDelivery(to)) return;
  const delivery = await liveDelivery(manager, subject.id);
  if (!delivery?.riderId) return;
  const about = { roomId: subject.roomId, aggregate: deliveryMachine.name, id: delivery.id };
  await deadlines.set(manager, about, RIDER_LEAVES, new Date(at.getTime() + config.riderLeavesMs));
}

@Module({
  imports: [TypeOrmModule.forFeature([Delivery]), OrdersModule],
  providers: [DeliveriesService, DeliveriesLoader, DeliveriesResolver, DeliveryFieldsResolver, DeliveryStream, OrderDeliveriesResolver],
  exports: [DeliveriesService],
})
export class DeliveriesModule {
  constructor(machines: Machines, deadlines: Deadlines) {
    machines.add(deliveryMachine);
    machines.observe('order', cancelDelivery);
    machines.observe('order', (move) => letRiderGo(move, deadlines));
    deadlines.handle(RIDER_LEAVES, async (tx, { aggregateId }) => {
      const { roomId, riderId } = await tx.manager.findOneByOrFail(Delivery, { id: aggregateId });
      if (riderId) await takeRiderOut(tx, roomId, riderId, 'the delivery is over');
    });
  }
}
