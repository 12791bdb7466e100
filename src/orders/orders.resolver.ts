import { Args, Context, ID, Mutation, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource, In } from 'typeorm';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { connect, Connection, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../common/graphql/connection.js';
import { isId } from '../common/values/ids.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { MembershipsLoader } from '../participants/membership/memberships.loader.js';
import { Requires, SignedIn } from '../policy/permission.decorators.js';
import { Room } from '../rooms/room/room.entity.js';
import { StepOf } from '../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../transitions/subjects/subject-stream.resolver.js';
import { requestOf } from '../transitions/transitions.inputs.js';
import { Transitions } from '../transitions/transitions.service.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { Order, OrderItem } from './order.entity.js';
import { orderMachine } from './order.machine.js';
import { OrderFilter, PlaceOrderInput, UpdateOrderStatusInput } from './orders.inputs.js';
import { OrdersLoader } from './orders.loader.js';
import { myOrders } from './orders.queries.js';
import { OrdersService } from './orders.service.js';

@ObjectType({ description: 'A page of orders, the newest first.' })
export class OrderConnection extends Connection(Order) {}

@Resolver(() => Order)
export class OrdersResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrdersService,
    private readonly transitions: Transitions,
  ) {}

  @Requires('room.read', { table: 'orders', argument: 'id' })
  @Query(() => Order, { description: 'With its room, its deliveries and what I could do with it now.' })
  order(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Order, { id });
  }

  @SignedIn()
  @Query(() => OrderConnection, { name: 'orders', description: 'The orders of the rooms that I am in, the newest first.' })
  async myOrders(
    @CurrentViewer() viewer: Viewer,
    @Args() page: ForwardPageArgs,
    @Args('filter', { nullable: true }) filter: OrderFilter = {},
  ): Promise<OrderConnection> {
    const size = pageSize(page.first);
    const [after = null] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const ids = await myOrders(this.dataSource, viewer.userId, filter, after, size + 1);
    const shown = ids.slice(0, size);
    const nodes = shown.length === 0 ? [] : await this.dataSource.manager.find(Order, { where: { id: In(shown) }, order: { id: 'DESC' } });
    return connect(nodes, ({ id }) => encodeCursor([id]), { next: ids.length > size, previous: page.after != null });
  }

  @SignedIn()
  @Mutation(() => Order, {
    description: 'Opens the room of the order, with its people by their roles. The same `externalRef` or key is the same order.',
  })
  placeOrder(@CurrentViewer() viewer: Viewer, @Args('input') input: PlaceOrderInput) {
    return this.orders.placeAs(viewer, input);
  }

  @StepOf(() => Order, { table: 'orders', argument: 'orderId' }, 'Takes a step of those that `allowedTransitions` lists.')
  updateOrderStatus(@CurrentViewer() viewer: Viewer, @Args('input') input: UpdateOrderStatusInput) {
    return this.transitions.move(orderMachine, viewer, input.orderId, requestOf(input.event, input));
  }
}

/** What an order tells beyond its own row. */
@Resolver(() => Order)
export class OrderFieldsResolver {
  constructor(
    private readonly users: UsersLoader,
    private readonly memberships: MembershipsLoader,
  ) {}

  @ResolveField(() => User)
  customer(@Parent() order: Order, @Context() context: RequestContext) {
    return this.users.load(context, order.customerId);
  }

  @PerViewer()
  @ResolveField(() => [OrderItem], { nullable: true, description: 'Null for riders, whom the contents of a parcel do not concern.' })
  async items(@Parent() order: Order, @Context() context: RequestContext): Promise<OrderItem[] | null> {
    const membership = await this.memberships.of(context, order.roomId);
    return !membership || membership.role === 'RIDER' ? null : order.items;
  }

  @ResolveField(() => Date)
  placedAt(@Parent() order: Order): Date {
    return order.createdAt;
  }
}

@Resolver(() => Room)
export class RoomOrderResolver {
  constructor(private readonly loader: OrdersLoader) {}

  @ResolveField(() => Order, { nullable: true, description: 'What the room is about, if it is an order.' })
  async order(@Parent() room: Room, @Context() context: RequestContext): Promise<Order | null> {
    return (await this.loader.ofRoom(context, room.id)) ?? null;
  }
}

export const OrderStream = subjectStream(orderMachine, 'orderUpdated', 'orders');
