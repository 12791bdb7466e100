import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { notFound, ParleyError } from '../common/errors/errors.js';
import { isId, newId } from '../common/values/ids.js';
import { Order } from '../orders/order.entity.js';
import { orderMachine } from '../orders/order.machine.js';
import { digestOf } from '../orders/orders.service.js';
import { enterRoom, lockRoom, type Membership } from '../participants/membership/membership.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import type { Actor } from '../transitions/machine/machine.js';
import { Authority } from '../transitions/machine/subject.js';
import { actorOf, Transitions } from '../transitions/transitions.service.js';
import { liveDelivery } from './deliveries.queries.js';
import { isPastDelivery } from './delivery.effects.js';
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
  constructor(
    private readonly dataSource: DataSource,
    private readonly transitions: Transitions,
  ) {}

  /**
   * The same `externalRef` or key is the same delivery. It belongs to whoever the order belongs to: where that is the host, a person asks
   * it for the delivery, and there is none yet.
   *
   * @param me who has to be in the room still, in this role
   * @throws NOT_FOUND, FORBIDDEN (what is the host's), CONFLICT (the order is over, or on its way already)
   */
  async createAs(me: Membership, plan: DeliveryPlan): Promise<Delivery | null> {
    const actor = actorOf(me);
    const order = isId(plan.orderId) ? await this.dataSource.manager.findOneBy(Order, { id: plan.orderId }) : null;
    if (order?.authority !== Authority.HOST || actor.role === 'SERVICE') return this.create(actor, plan, me);
    if (plan.externalRef) throw notForPeople();
    const { idempotencyKey = null, orderId, pickup, dropoff, eta = null, provider = null } = plan;
    const payload = {
      pickup: { ...pickup },
      dropoff: { ...dropoff },
      ...(eta && { eta: eta.toISOString() }),
      ...(provider && { provider }),
    };
    const request = { event: 'create', payload, idempotencyKey };
    await this.transitions.askToBegin(orderMachine, deliveryMachine, me, orderId, request, ({ manager }, subject) =>
      requireDeliverable(manager, subject),
    );
    return null;
  }

  /** @throws NOT_FOUND, FORBIDDEN, CONFLICT */
  create(actor: Actor, { idempotencyKey = null, ...plan }: DeliveryPlan, me?: Membership): Promise<Delivery> {
    if (plan.externalRef && actor.role !== 'SERVICE') throw notForPeople();
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
    const order = await manager.findOneByOrFail(Order, where);
    await requireDeliverable(manager, order);
    const { id: orderId, roomId, authority } = order;
    const { pickup, dropoff, eta = null, provider = null, externalRef = null } = plan;
    const columns = { pickup, dropoff, eta, provider, externalRef, orderId, roomId, authority };
    return Object.assign(new Delivery(), columns, { id: newId(), riderId: null, proof: null, attempts: 0, hostVersion: null });
  }
}

const notForPeople = () => new ParleyError('FORBIDDEN', 'This is for the host to say', { field: 'input.externalRef' });

/** Under the lock of its room. @throws CONFLICT */
async function requireDeliverable(manager: EntityManager, { id, status }: Order): Promise<void> {
  if (isPastDelivery(status)) {
    throw new ParleyError('CONFLICT', 'There is nothing to be delivered any more', { orderStatus: status });
  }
  if (await liveDelivery(manager, id)) throw new ParleyError('CONFLICT', 'The order has a delivery that is not over');
}
