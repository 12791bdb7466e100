import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import type { Membership } from '../../participants/membership/membership.js';
import { Me } from '../../participants/membership/permission.guard.js';
import { Requires } from '../../policy/permission.decorators.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { requestOf } from '../../transitions/transitions.inputs.js';
import { Transitions } from '../../transitions/transitions.service.js';
import { EscrowHold } from './payment/escrow-hold.entity.js';
import { escrowMachine } from './payment/escrow.machine.js';
import { Payment } from './payment/payment.entity.js';
import { ApproveRefundInput, DeclineRefundInput, ReleaseEscrowInput, RequestRefundInput } from './payments.inputs.js';
import { Payments } from './payments.service.js';
import { Refund } from './settlement/refund.entity.js';
import { refundMachine } from './settlement/refund.machine.js';

const BY_REFUND = { table: 'refunds', argument: 'refundId' };

/** How money goes back, or on to the payee. */
@Resolver()
export class RefundsResolver {
  constructor(
    private readonly payments: Payments,
    private readonly transitions: Transitions,
    private readonly dataSource: DataSource,
  ) {}

  @Requires('room.read', { table: 'payments', argument: 'paymentId' })
  @Mutation(() => Refund, {
    description:
      'Asked by the payer it waits for an approval; by the payee, support or a mediator it is approved. `expectedVersion` is that of the payment. Errors: STALE_VERSION, IDEMPOTENCY_CONFLICT, CONFLICT for more than is left and while a dispute holds the money.',
  })
  async requestRefund(@Me() me: Membership, @Args('input') input: RequestRefundInput) {
    const payment = await this.dataSource.manager.findOneByOrFail(Payment, { id: input.paymentId });
    return this.payments.requestRefund(me, payment, input);
  }

  @StepOf(() => Refund, BY_REFUND, 'By the payee, support or a mediator, and never by the payer. CONFLICT while a dispute holds the money.')
  approveRefund(@CurrentViewer() viewer: Viewer, @Args('input') input: ApproveRefundInput) {
    return this.transitions.move(refundMachine, viewer, input.refundId, requestOf('approve', input));
  }

  @StepOf(() => Refund, BY_REFUND, 'By the payee, support or a mediator, and never by the payer; with a `reason`.')
  declineRefund(@CurrentViewer() viewer: Viewer, @Args('input') input: DeclineRefundInput) {
    return this.transitions.move(refundMachine, viewer, input.refundId, requestOf('decline', input));
  }

  @StepOf(
    () => EscrowHold,
    { table: 'escrow_holds', argument: 'escrowHoldId' },
    'The payee may have it; by the payer or support. CONFLICT while a dispute holds the money.',
  )
  releaseEscrow(@CurrentViewer() viewer: Viewer, @Args('input') input: ReleaseEscrowInput) {
    return this.transitions.move(escrowMachine, viewer, input.escrowHoldId, requestOf('release', input));
  }
}
