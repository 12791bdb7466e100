import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsBoolean, IsEnum, IsInt, IsOptional, IsUUID, Matches, Max, Min } from 'class-validator';
import { EVENT_PATTERN } from '../../common/text/event-pattern.js';
import { Instant } from '../../common/values/instant.js';
import { Text } from '../../common/text/text.js';
import { InboundStatus } from './receiving/inbound-event.entity.js';
import { IntegrationKind, SignatureScheme } from './receiving/integration.entity.js';

const MAX_NAME = 100;
const MAX_SCOPES = 50;
const MAX_RANGES = 50;
const MAX_RANGE = 64;
const MAX_REF = 200;
const MAX_OVERLAP_HOURS = 7 * 24;
const SCOPES = 'What it may send, such as "order.accept", "order.*" or "*": 1 to 50.';
const NOT_A_SCOPE = { each: true, message: 'scopes must be types of events such as "order.accept", "order.*" or "*"' };
const RANGES = 'From where it may send: 1 to 50 CIDR ranges.';
const NOT_A_RANGE = { each: true, message: 'allowedAddresses must be ranges such as "192.0.2.0/24"' };
const RANGE = new RegExp(`^[0-9a-fA-F.:]{2,${MAX_RANGE}}/\\d{1,3}$`);
const TOLERANCE = 'By how many seconds the time in a signature may differ from ours: 30 to 3,600.';

@InputType()
export class CreateIntegrationInput {
  @Field(() => IntegrationKind, { defaultValue: IntegrationKind.HOST })
  @IsEnum(IntegrationKind)
  kind: IntegrationKind;

  @Field(() => String, { description: '1 to 100 characters.' })
  @Text({ min: 1, max: MAX_NAME, trim: true })
  name: string;

  @Field(() => SignatureScheme, { defaultValue: SignatureScheme.STANDARD })
  @IsEnum(SignatureScheme)
  scheme: SignatureScheme;

  @Field(() => [String], { nullable: true, description: `${SCOPES} Left out: what its kind is about.` })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SCOPES)
  @ArrayUnique()
  @Matches(EVENT_PATTERN, NOT_A_SCOPE)
  scopes?: string[] | null;

  @Field(() => Int, { defaultValue: 300, description: TOLERANCE })
  @IsInt()
  @Min(30)
  @Max(3_600)
  clockTolerance: number;

  @Field(() => [String], { nullable: true, description: `${RANGES} Left out: from anywhere.` })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RANGES)
  @ArrayUnique()
  @Matches(RANGE, NOT_A_RANGE)
  allowedAddresses?: string[] | null;
}

@InputType({ isAbstract: true })
class IntegrationInput {
  @Field(() => ID)
  integrationId: string;
}

@InputType({ description: 'What is left out stays.' })
export class UpdateIntegrationInput extends IntegrationInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Text({ min: 1, max: MAX_NAME, trim: true })
  name?: string | null;

  @Field(() => [String], { nullable: true, description: SCOPES })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SCOPES)
  @ArrayUnique()
  @Matches(EVENT_PATTERN, NOT_A_SCOPE)
  scopes?: string[] | null;

  @Field(() => Int, { nullable: true, description: TOLERANCE })
  @IsOptional()
  @IsInt()
  @Min(30)
  @Max(3_600)
  clockTolerance?: number | null;

  @Field(() => [String], { nullable: true, description: `${RANGES} Null: from anywhere.` })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RANGES)
  @ArrayUnique()
  @Matches(RANGE, NOT_A_RANGE)
  allowedAddresses?: string[] | null;

  @Field(() => Boolean, { nullable: true })
  @IsOptional()
  @IsBoolean()
  isActive?: boolean | null;
}

@InputType()
export class RotateIntegrationSecretInput extends IntegrationInput {
  @Field(() => Int, { defaultValue: 24, description: 'For how long the earlier secrets verify as well: 0 to 168 hours.' })
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_HOURS)
  overlapHours: number;
}

@InputType()
export class ReplayInboundEventInput {
  @Field(() => ID)
  inboundEventId: string;
}

@InputType({ description: 'Every condition that is given must hold.' })
export class InboundEventFilter {
  @Field(() => ID, { nullable: true })
  @IsOptional()
  @IsUUID('all')
  integrationId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of this payment provider: "stripe".' })
  @IsOptional()
  @Text({ min: 1, max: MAX_NAME })
  provider?: string | null;

  @Field(() => [InboundStatus], { nullable: true })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsEnum(InboundStatus, { each: true })
  statuses?: InboundStatus[] | null;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @Text({ min: 1, max: MAX_NAME })
  type?: string | null;

  @Field(() => String, { nullable: true, description: 'What they are about, as the sender names it.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  objectRef?: string | null;

  @Field(() => Date, { nullable: true, description: 'Received then or later.' })
  @IsOptional()
  @Instant()
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Received before.' })
  @IsOptional()
  @Instant()
  to?: Date | null;
}
