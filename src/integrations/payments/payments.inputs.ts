import { Field, ID, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional, Matches } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Currency, Minor } from '../../common/values/money.js';
import { Text } from '../../common/text/text.js';
import { Authority } from '../../transitions/machine/subject.js';
import { KeyedInput, StepInput } from '../../transitions/transitions.inputs.js';
import { CaptureMode, PaymentContext } from './payment/payment.entity.js';

const METHOD = /^[a-z0-9_]{1,40}$/;

/** What people and hosts say of a new payment. */
@InputType({ isAbstract: true })
class NewPaymentInput extends KeyedInput {
  @Field(() => ID)
  roomId: string;

  @Field(() => GraphQLSafeInt, { description: 'In the smallest unit of the currency (cents), 1 to 10^12.' })
  @Minor()
  amountMinor: number;

  @Field(() => String, { description: 'Of ISO 4217: "EUR".' })
  @Currency()
  currency: string;

  @Field(() => String, {
    nullable: true,
    description: 'As the provider calls it ("card", "paypal"): 1 to 40 of a-z, 0-9, "_". Absent: the payer chooses there.',
  })
  @IsOptional()
  @Matches(METHOD, { message: 'method must be a name such as "card"' })
  method?: string | null;

  @Field(() => CaptureMode, { defaultValue: CaptureMode.AUTOMATIC })
  @IsEnum(CaptureMode)
  captureMode: CaptureMode;

  @Field(() => Boolean, { defaultValue: false, description: 'Hold what is captured until it is released to the payee.' })
  isEscrow: boolean;

  @Field(() => PaymentContext, { nullable: true, description: 'What it is for; with `contextId`.' })
  @IsOptional()
  @IsEnum(PaymentContext)
  contextKind?: PaymentContext | null;

  @Field(() => ID, { nullable: true, description: 'Of a thing in the same room.' })
  @IsOptional()
  contextId?: string | null;
}

@InputType()
export class InitiatePaymentInput extends NewPaymentInput {
  @Field(() => ID, { nullable: true, description: 'Whom you pay. Either this or `payerId`.' })
  @IsOptional()
  payeeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who shall pay you: a request, which they accept.' })
  @IsOptional()
  payerId?: string | null;
}

@InputType()
export class CreatePaymentInput extends NewPaymentInput {
  @Field(() => ID)
  payerId: string;

  @Field(() => ID)
  payeeId: string;

  @Field(() => Authority, { defaultValue: Authority.PARLEY, description: 'HOST: you move the money yourself, and tell us by webhooks.' })
  @IsEnum(Authority)
  authority: Authority;

  @Field(() => String, { nullable: true, description: 'Your own name for it, 1 to 200 characters: the same one is the same payment.' })
  @IsOptional()
  @Text({ min: 1, max: 200 })
  externalRef?: string | null;
}

@InputType({ isAbstract: true })
class PaymentStepInput extends StepInput {
  @Field(() => ID)
  paymentId: string;
}

@InputType()
export class AcceptPaymentInput extends PaymentStepInput {}

@InputType()
export class RetryPaymentInput extends PaymentStepInput {}

@InputType()
export class CancelPaymentInput extends PaymentStepInput {}

@InputType()
export class CapturePaymentInput extends PaymentStepInput {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'A part, in the smallest unit; the payer keeps the rest. BAD_USER_INPUT for more than is authorised. Absent: all of it.',
  })
  @IsOptional()
  @Minor()
  amountMinor?: number | null;
}

@InputType()
export class RequestRefundInput extends PaymentStepInput {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'A part, in the smallest unit. Absent: what is left.' })
  @IsOptional()
  @Minor()
  amountMinor?: number | null;
}

@InputType({ isAbstract: true })
class RefundStepInput extends StepInput {
  @Field(() => ID)
  refundId: string;
}

@InputType()
export class ApproveRefundInput extends RefundStepInput {}

@InputType()
export class DeclineRefundInput extends RefundStepInput {}

@InputType()
export class ReleaseEscrowInput extends StepInput {
  @Field(() => ID)
  escrowHoldId: string;
}
