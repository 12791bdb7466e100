import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { Order } from '../../orders/order.entity.js';
import { Room } from '../../rooms/room/room.entity.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { Chargeback } from './settlement/chargeback.entity.js';
import { EscrowHold } from './payment/escrow-hold.entity.js';
import { Payment, PaymentContext } from './payment/payment.entity.js';
import { PAID_FOR, PaymentsForLoader } from './payments-for.loader.js';
import { PaymentsLoader } from './payments.loader.js';
import { Refund } from './settlement/refund.entity.js';

@Resolver(() => Payment)
export class PaymentFieldsResolver {
  constructor(
    private readonly users: UsersLoader,
    private readonly loader: PaymentsLoader,
  ) {}

  @ResolveField(() => User)
  payer(@Parent() payment: Payment, @Context() context: RequestContext) {
    return this.users.load(context, payment.payerId);
  }

  @ResolveField(() => User)
  payee(@Parent() payment: Payment, @Context() context: RequestContext) {
    return this.users.load(context, payment.payeeId);
  }

  @ResolveField(() => Boolean, { description: 'A dispute or a chargeback stands in the way of its capture and release.' })
  isOnHold({ holds }: Payment): boolean {
    return holds > 0;
  }

  @PerViewer()
  @ResolveField(() => String, {
    nullable: true,
    description: 'With it the payer pays at the provider (Stripe.js). Null for everybody else, and until the provider has answered.',
  })
  clientSecret(@Parent() { payerId, clientSecret }: Payment, @Context() context: RequestContext): string | null {
    return requireViewer(context).userId === payerId ? clientSecret : null;
  }

  @ResolveField(() => [Refund])
  refunds(@Parent() { id }: Payment, @Context() context: RequestContext) {
    return this.loader.refunds(context, id);
  }

  @ResolveField(() => EscrowHold, { nullable: true, description: 'Once it is captured, where that was agreed.' })
  escrow(@Parent() { id }: Payment, @Context() context: RequestContext) {
    return this.loader.escrow(context, id);
  }

  @ResolveField(() => [Chargeback])
  chargebacks(@Parent() { id }: Payment, @Context() context: RequestContext) {
    return this.loader.chargebacks(context, id);
  }
}

@Resolver(() => Order)
export class OrderPaymentsResolver {
  constructor(private readonly loader: PaymentsForLoader) {}

  @PerViewer()
  @ResolveField(() => [Payment], { description: PAID_FOR })
  payments(@Parent() { id }: Order, @Context() context: RequestContext) {
    return this.loader.load(context, PaymentContext.ORDER, id);
  }
}

@Resolver(() => Room)
export class RoomPaymentsResolver {
  constructor(private readonly loader: PaymentsLoader) {}

  @ResolveField(() => [Payment], { description: 'The newest 50, newest first.' })
  payments(@Parent() room: Room, @Context() context: RequestContext) {
    return this.loader.ofRoom(context, room.id);
  }
}
