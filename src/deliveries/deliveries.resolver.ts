import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { Order } from '../orders/order.entity.js';
import { OrdersLoader } from '../orders/orders.loader.js';
import type { Membership } from '../participants/membership/membership.js';
import { Me } from '../participants/membership/permission.guard.js';
import { Requires } from '../policy/permission.decorators.js';
import { StepOf } from '../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../transitions/subjects/subject-stream.resolver.js';
import { requestOf } from '../transitions/transitions.inputs.js';
import { Transitions } from '../transitions/transitions.service.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { AssignRiderInput, ConfirmDeliveryInput, CreateDeliveryInput, UpdateDeliveryStatusInput } from './deliveries.inputs.js';
import { DeliveriesLoader } from './deliveries.loader.js';
import { DeliveriesService } from './deliveries.service.js';
import { Delivery } from './delivery.entity.js';
import { deliveryMachine } from './delivery.machine.js';

const BY_DELIVERY = { table: 'deliveries', argument: 'deliveryId' };

@Resolver(() => Delivery)
export class DeliveriesResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly deliveries: DeliveriesService,
    private readonly transitions: Transitions,
  ) {}

  @Requires('room.read', { table: 'deliveries', argument: 'id' })
  @Query(() => Delivery, { description: 'With its order, its rider and what I could do with it now.' })
  delivery(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Delivery, { id });
  }

  @Requires('room.read', { table: 'orders', argument: 'orderId' })
  @Mutation(() => Delivery, {
    nullable: true,
    description:
      'Of an order that has no other delivery under way. Null where only the host moves the order: it was asked for the delivery, see `pendingRequests`.',
  })
  createDelivery(@Me() me: Membership, @Args('input') input: CreateDeliveryInput) {
    return this.deliveries.createAs(me, input);
  }

  @StepOf(() => Delivery, BY_DELIVERY, 'Gives it to a rider, who joins the room; from another one, who leaves it.')
  assignRider(@CurrentViewer() viewer: Viewer, @Args('input') input: AssignRiderInput) {
    const payload = { riderId: input.riderId?.toLowerCase() ?? null };
    return this.transitions.move(deliveryMachine, viewer, input.deliveryId, requestOf('assign', input, payload));
  }

  @StepOf(() => Delivery, BY_DELIVERY, 'Takes a step of those that `allowedTransitions` lists. The order follows.')
  updateDeliveryStatus(@CurrentViewer() viewer: Viewer, @Args('input') input: UpdateDeliveryStatusInput) {
    const payload = input.eta ? { eta: input.eta.toISOString() } : {};
    return this.transitions.move(deliveryMachine, viewer, input.deliveryId, requestOf(input.event, input, payload));
  }

  @StepOf(() => Delivery, BY_DELIVERY, 'It was handed over. A rider shows how they know that it came into the right hands.')
  confirmDelivery(@CurrentViewer() viewer: Viewer, @Args('input') input: ConfirmDeliveryInput) {
    const payload = input.proof ? { proof: { ...input.proof } } : {};
    return this.transitions.move(deliveryMachine, viewer, input.deliveryId, requestOf('deliver', input, payload));
  }
}

/** What a delivery tells beyond its own row. */
@Resolver(() => Delivery)
export class DeliveryFieldsResolver {
  constructor(
    private readonly loader: OrdersLoader,
    private readonly users: UsersLoader,
  ) {}

  @ResolveField(() => Order)
  order(@Parent() delivery: Delivery, @Context() context: RequestContext) {
    return this.loader.order(context, delivery.orderId);
  }

  @ResolveField(() => User, { nullable: true, description: 'Null before one is assigned, and for a courier who has no account here.' })
  rider(@Parent() delivery: Delivery, @Context() context: RequestContext) {
    return delivery.riderId === null ? null : this.users.load(context, delivery.riderId);
  }
}

@Resolver(() => Order)
export class OrderDeliveriesResolver {
  constructor(private readonly loader: DeliveriesLoader) {}

  @ResolveField(() => [Delivery], { description: 'In their order: another one follows where a parcel came back.' })
  deliveries(@Parent() order: Order, @Context() context: RequestContext) {
    return this.loader.ofOrder(context, order.id);
  }
}

export const DeliveryStream = subjectStream(deliveryMachine, 'deliveryUpdated', 'deliveries');
