import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Instant } from '../../common/values/instant.js';
import { Currency, Minor } from '../../common/values/money.js';
import { Prose } from '../../common/text/prose.js';
import { Text } from '../../common/text/text.js';
import { OwnedInput, StepInput } from '../../transitions/transitions.inputs.js';
import { JobStatus } from './job/job.entity.js';

const MAX_JOB_TITLE = 100;
const MAX_DESCRIPTION = 4_000;
const MAX_AREA = 100;
const MAX_ADDRESS = 500;
const MAX_PHONE = 40;

@InputType()
export class CreateJobInput extends OwnedInput {
  @Field(() => ID, { nullable: true, description: 'Absent: you. Only the host (a SERVICE token) posts for others.' })
  @IsOptional()
  posterId?: string | null;

  @Field(() => String, { description: '1 to 100 characters. Everybody can read it once the job is published.' })
  @Prose()
  @Text({ min: 1, max: MAX_JOB_TITLE, trim: true })
  title: string;

  @Field(() => String, { nullable: true, description: 'At most 4,000 characters. Everybody can read it once the job is published.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_DESCRIPTION, trim: true })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it is, as far as everybody may know: a district. At most 100 characters.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_AREA, trim: true })
  area?: string | null;

  @Field(() => String, { nullable: true, description: 'Where exactly, at most 500 characters: for whoever gets the job.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_ADDRESS, trim: true })
  address?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 40 characters: for whoever gets the job.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_PHONE, trim: true })
  phone?: string | null;

  @Field(() => GraphQLSafeInt, { description: 'In the smallest unit of the currency, 1 to 10^12.' })
  @Minor()
  budgetMinor: number;

  @Field(() => String, { description: 'Of ISO 4217: "EUR". Offers are made in it.' })
  @Currency()
  currency: string;

  @Field(() => Date, { nullable: true, description: 'When the work is to begin.' })
  @IsOptional()
  @Instant()
  startsAt?: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it is to be done.' })
  @IsOptional()
  @Instant()
  endsAt?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Until when it takes offers. Absent: `JOB_OPEN_DAYS` from its publication.' })
  @IsOptional()
  @Instant()
  openUntil?: Date | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Work starts only when the money is authorised or held.' })
  isEscrow: boolean;
}

@InputType({ isAbstract: true })
class JobStepInput extends StepInput {
  @Field(() => ID)
  jobId: string;
}

@InputType()
export class PublishJobInput extends JobStepInput {}

@InputType()
export class WithdrawFromJobInput extends JobStepInput {}

@InputType()
export class StartJobInput extends JobStepInput {}

@InputType()
export class SubmitJobInput extends JobStepInput {}

@InputType()
export class RequestRevisionInput extends JobStepInput {}

@InputType()
export class CompleteJobInput extends JobStepInput {}

@InputType()
export class ExpireJobInput extends JobStepInput {}

@InputType()
export class CancelJobInput extends JobStepInput {}

@InputType()
export class ProposeJobCancellationInput extends JobStepInput {}

@InputType()
export class DeclineJobCancellationInput extends JobStepInput {}

@InputType()
export class AgreeToJobCancellationInput extends JobStepInput {}

@InputType({ description: 'Every condition that is given must hold.' })
export class JobFilter {
  @Field(() => [JobStatus], { nullable: true, description: 'Absent: all.' })
  @IsOptional()
  @IsEnum(JobStatus, { each: true })
  @ArrayMaxSize(20)
  status?: JobStatus[] | null;
}
