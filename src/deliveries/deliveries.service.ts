import { Injectable } from '@nestjs/common';
import { notFound, ParleyError } from '../common/errors.js';
import { isId, newId } from '../common/ids.js';
import { Order } from '../orders/order.entity.js';
import { orderMachine } from '../orders/order.machine.js';
import { digestOf } from '../orders/orders.service.js';
import { enterRoom, lockRoom, type Membership } from '../participants/membership.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import { type Actor, isTerminal } from '../transitions/machine.js';
import { Authority } from '../transitions/subject.js';
import { actorOf, Transitions } from '../transitions/transitions.service.js';
import { liveDelivery } from './deliveries.queries.js';
import { Delivery, type Stop } from './delivery.entity.js';
import { deliveryMachine } from './delivery.machine.js';

/** How a parcel is to travel. */
export interface DeliveryPlan {
  orderId: string;
  pickup: Stop;
  dropoff: Stop;
  eta?: Date | null;
  provider?: string | null;
  externalRef?: string | null;
  idempotencyKey?: string | null;
}

@Injectable()
export class DeliveriesService {
  constructor(private readonly transitions: Transitions) {}

  /**
   * The same `externalRef` or key is the same delivery. It belongs to whoever the order belongs to.
   *
   * @param me who has to be in the room still, in this role
   * @throws NOT_FOUND, FORBIDDEN (what is the host's), CONFLICT (the order is over, or on its way already)
   */
  create(actor: Actor, { idempotencyKey = null, ...plan }: DeliveryPlan, me?: Membership): Promise<Delivery> {
    const isHost = actor.role === 'SERVICE';
    if (plan.externalRef && !isHost) throw new ParleyError('FORBIDDEN', 'This is for the host to say', { field: 'input.externalRef' });
    const payload = { orderId: plan.orderId, digest: digestOf(plan) };
    return this.transitions.begin(
      deliveryMachine,
      actor,
      { event: 'create', payload, idempotencyKey, externalRef: plan.externalRef },
      (tx) => this.make(tx, actor, plan, me),
    );
  }

  private async make(tx: TimelineTransaction, actor: Actor, plan: DeliveryPlan, me?: Membership): Promise<Delivery> {
    const { manager } = tx;
    const where = { id: plan.orderId };
    const known = isId(plan.orderId) ? await manager.findOneBy(Order, where) : null;
    if (!known) throw notFound();
    if (!me) await lockRoom(manager, known.roomId);
    else if (actorOf(await enterRoom(manager, known.roomId, me, 'room.read')).role !== actor.role) throw new ParleyError('FORBIDDEN');
    const { id: orderId, roomId, status, authority } = await manager.findOneByOrFail(Order, where);
    if (authority === Authority.HOST && actor.role !== 'SERVICE') throw new ParleyError('FORBIDDEN', 'The host delivers this order');
    if (status === 'DELIVERED' || isTerminal(orderMachine, status)) {
      throw new ParleyError('CONFLICT', 'There is nothing to be delivered any more', { orderStatus: status });
    }
    if (await liveDelivery(manager, orderId)) throw new ParleyError('CONFLICT', 'The order has a delivery that is not over');
    const { pickup, dropoff, eta = null, provider = null, externalRef = null } = plan;
    const columns = { pickup, dropoff, eta, provider, externalRef, orderId, roomId, authority };
    return Object.assign(new Delivery(), columns, { id: newId(), riderId: null, proof: null, attempts: 0, hostVersion: null });
  }
}
