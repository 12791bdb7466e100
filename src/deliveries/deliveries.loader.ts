import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../auth/context.js';
import { perContext } from '../common/graphql/loader.js';
import { Delivery } from './delivery.entity.js';

/** An order has one delivery, or a few where the first ones came back. */
const MAX_DELIVERIES = 1_000;

@Injectable()
export class DeliveriesLoader {
  private readonly byOrder = perContext<RequestContext, string, Delivery[]>(async (ids) => {
    const found = await this.dataSource.manager.find(Delivery, { where: { orderId: In(ids) }, order: { id: 'ASC' }, take: MAX_DELIVERIES });
    return Map.groupBy(found, (delivery) => delivery.orderId);
  });

  constructor(private readonly dataSource: DataSource) {}

  /** In the order in which they were planned. */
  async ofOrder(context: RequestContext, orderId: string): Promise<Delivery[]> {
    return (await this.byOrder(context).load(orderId)) ?? [];
  }
}
