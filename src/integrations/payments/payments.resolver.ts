import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { badInput } from '../../common/errors/errors.js';
import type { Membership } from '../../participants/membership/membership.js';
import { Me } from '../../participants/membership/permission.guard.js';
import { Requires, RequiresPlatform } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../../transitions/subjects/subject-stream.resolver.js';
import { requestOf } from '../../transitions/transitions.inputs.js';
import { actorOf, Transitions } from '../../transitions/transitions.service.js';
import { Payment } from './payment/payment.entity.js';
import { paymentMachine } from './payment/payment.machine.js';
import {
  AcceptPaymentInput,
  CancelPaymentInput,
  CapturePaymentInput,
  CreatePaymentInput,
  InitiatePaymentInput,
  RetryPaymentInput,
} from './payments.inputs.js';
import { Payments } from './payments.service.js';

const BY_PAYMENT = { table: 'payments', argument: 'paymentId' };

@Resolver(() => Payment)
export class PaymentsResolver {
  constructor(
    private readonly payments: Payments,
    private readonly transitions: Transitions,
    private readonly dataSource: DataSource,
  ) {}

  @Requires('room.read', { table: 'payments', argument: 'id' })
  @Query(() => Payment, { description: 'NOT_FOUND also for a payment of a room that is not for you.' })
  payment(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Payment, { id });
  }

  @Requires('payment.initiate')
  @Mutation(() => Payment, {
    description:
      'With `payeeId` you pay; with `payerId` you ask for a payment. Then ask `payment(id)` for `clientSecret`, as the payer. Errors: BAD_USER_INPUT, UNAVAILABLE (no provider is set up), IDEMPOTENCY_CONFLICT.',
  })
  initiatePayment(@Me() me: Membership, @Args('input') input: InitiatePaymentInput) {
    const { roomId, idempotencyKey, payerId, payeeId, ...plan } = input;
    if ((payerId == null) === (payeeId == null)) throw badInput('input.payeeId', 'Give payeeId to pay, or payerId to ask for a payment');
    const parties = { payerId: payerId ?? me.userId, payeeId: payeeId ?? me.userId };
    return this.payments.begin(actorOf(me), roomId, { ...plan, ...parties }, { idempotencyKey });
  }

  @RequiresPlatform(PlatformRole.SERVICE)
  @Mutation(() => Payment, {
    description:
      'By a system of the host, between two people of a room. Errors: FORBIDDEN (no SERVICE token), NOT_FOUND, BAD_USER_INPUT, UNAVAILABLE (no provider is set up), IDEMPOTENCY_CONFLICT.',
  })
  createPayment(@CurrentViewer() { userId }: Viewer, @Args('input') input: CreatePaymentInput) {
    const { roomId, idempotencyKey, externalRef, ...plan } = input;
    return this.payments.begin({ source: 'SERVICE', userId, role: 'SERVICE' }, roomId, plan, { idempotencyKey, externalRef });
  }

  @StepOf(() => Payment, BY_PAYMENT, 'By the payer of whom it was requested.')
  acceptPayment(@CurrentViewer() viewer: Viewer, @Args('input') input: AcceptPaymentInput) {
    return this.transitions.move(paymentMachine, viewer, input.paymentId, requestOf('accept', input));
  }

  @StepOf(
    () => Payment,
    BY_PAYMENT,
    'As long as nothing is taken; also how a request is declined. For the payer CONFLICT while a dispute holds the money, or a job that somebody has relies on it.',
  )
  cancelPayment(@CurrentViewer() viewer: Viewer, @Args('input') input: CancelPaymentInput) {
    return this.transitions.move(paymentMachine, viewer, input.paymentId, requestOf('cancel', input));
  }

  @StepOf(() => Payment, BY_PAYMENT, 'Takes what is authorised; by the payee. CONFLICT while a dispute holds the money.')
  capturePayment(@CurrentViewer() viewer: Viewer, @Args('input') input: CapturePaymentInput) {
    const payload = input.amountMinor == null ? {} : { amountMinor: input.amountMinor };
    return this.transitions.move(paymentMachine, viewer, input.paymentId, requestOf('capture', input, payload));
  }

  @StepOf(() => Payment, BY_PAYMENT, 'After it has failed; by the payer.')
  retryPayment(@CurrentViewer() viewer: Viewer, @Args('input') input: RetryPaymentInput) {
    return this.transitions.move(paymentMachine, viewer, input.paymentId, requestOf('retry', input));
  }
}

export const PaymentStream = subjectStream(paymentMachine, 'paymentUpdated', 'payments', 'paymentId');
