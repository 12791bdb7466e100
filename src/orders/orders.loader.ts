import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../auth/context.js';
import { perContext } from '../common/graphql/loader.js';
import { Order } from './order.entity.js';

@Injectable()
export class OrdersLoader {
  private readonly byId = perContext<RequestContext, string, Order>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Order, { id: In(ids) })).map((order) => [order.id, order])),
  );

  private readonly byRoom = perContext<RequestContext, string, Order>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Order, { roomId: In(ids) })).map((order) => [order.roomId, order])),
  );

  constructor(private readonly dataSource: DataSource) {}

  order(context: RequestContext, id: string): Promise<Order | undefined> {
    return this.byId(context).load(id);
  }

  ofRoom(context: RequestContext, roomId: string): Promise<Order | undefined> {
    return this.byRoom(context).load(roomId);
  }
}
