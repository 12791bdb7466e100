import { Field, ID, InputType } from '@nestjs/graphql';
import { IsOptional } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Instant } from '../../common/values/instant.js';
import { Minor } from '../../common/values/money.js';
import { NamedInput, StepInput } from '../../transitions/transitions.inputs.js';

@InputType()
export class MakeJobOfferInput extends NamedInput {
  @Field(() => ID)
  jobId: string;

  @Field(() => ID, { nullable: true, description: 'Absent: you. Only the host (a SERVICE token) offers for others.' })
  @IsOptional()
  workerId?: string | null;

  @Field(() => GraphQLSafeInt, { description: "In the smallest unit of the job's currency, 1 to 10^12." })
  @Minor()
  amountMinor: number;

  @Field(() => Date, { nullable: true, description: 'Absent: after `JOB_OFFER_DAYS`.' })
  @IsOptional()
  @Instant()
  expiresAt?: Date | null;
}

@InputType({ isAbstract: true })
class JobOfferStepInput extends StepInput {
  @Field(() => ID)
  offerId: string;
}

@InputType()
export class AcceptJobOfferInput extends JobOfferStepInput {}

@InputType()
export class DeclineJobOfferInput extends JobOfferStepInput {}

@InputType()
export class WithdrawJobOfferInput extends JobOfferStepInput {}

@InputType()
export class ExpireJobOfferInput extends JobOfferStepInput {}
