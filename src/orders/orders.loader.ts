import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../auth/context.js';
import { perContext } from '../common/loader.js';
import { Delivery } from './delivery.entity.js';
import { Order } from './order.entity.js';

/** An order has one delivery, or a few where the first ones came back. */
const MAX_DELIVERIES = 1_000;

@Injectable()
export class OrdersLoader {
  private readonly byId = perContext<RequestContext, string, Order>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Order, { id: In(ids) })).map((order) => [order.id, order])),
  );

  private readonly byRoom = perContext<RequestContext, string, Order>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Order, { roomId: In(ids) })).map((order) => [order.roomId, order])),
  );

  private readonly deliveries = perContext<RequestContext, string, Delivery[]>(async (ids) => {
    const found = await this.dataSource.manager.find(Delivery, { where: { orderId: In(ids) }, order: { id: 'ASC' }, take: MAX_DELIVERIES });
    return Map.groupBy(found, (delivery) => delivery.orderId);
  });

  constructor(private readonly dataSource: DataSource) {}

  order(context: RequestContext, id: string): Promise<Order | undefined> {
    return this.byId(context).load(id);
  }

  ofRoom(context: RequestContext, roomId: string): Promise<Order | undefined> {
    return this.byRoom(context).load(roomId);
  }

  /** In the order in which they were planned. */
  async deliveriesOf(context: RequestContext, orderId: string): Promise<Delivery[]> {
    return (await this.deliveries(context).load(orderId)) ?? [];
  }
}
