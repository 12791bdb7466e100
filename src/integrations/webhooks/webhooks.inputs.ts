import { Field, ID, InputType, Int } from '@nestjs/graphql';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsEnum,
  IsInt,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';
import { EVENT_PATTERN } from '../../common/text/event-pattern.js';
import { Instant } from '../../common/values/instant.js';
import { Text } from '../../common/text/text.js';
import { RoomKind } from '../../rooms/room/room.entity.js';
import { WebhookDeliveryStatus } from './log/webhook-delivery.entity.js';
import { WebhookAbsence, WebhookMode, WebhookOrdering } from './endpoint/webhook-endpoint.entity.js';

const MAX_URL = 2_048;
const MAX_DESCRIPTION = 200;
const MAX_PATTERNS = 50;
const MAX_ROOMS = 100;
const MAX_OVERLAP_HOURS = 7 * 24;
const PATTERNS = 'Types such as "message.created", "order.*" or "*": 1 to 50. "message.read" is told only to who names it.';
const NOT_A_PATTERN = { each: true, message: 'events must be types of events such as "message.created", "order.*" or "*"' };

@InputType()
export class CreateWebhookEndpointInput {
  @Field(() => String, { description: 'https, of a public address, at most 2,048 characters. Redirects are not followed.' })
  @Text({ min: 1, max: MAX_URL, trim: true })
  url: string;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @Text({ min: 1, max: MAX_DESCRIPTION, trim: true })
  description?: string | null;

  @Field(() => WebhookMode, { defaultValue: WebhookMode.AFTER })
  @IsEnum(WebhookMode)
  mode: WebhookMode;

  @Field(() => [String], { nullable: true, description: `${PATTERNS} All when left out. A BEFORE endpoint has none.` })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PATTERNS)
  @ArrayUnique()
  @Matches(EVENT_PATTERN, NOT_A_PATTERN)
  events?: string[] | null;

  @Field(() => [RoomKind], { nullable: true, description: 'All when left out.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsEnum(RoomKind, { each: true })
  roomKinds?: RoomKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'At most 100. All when left out.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ROOMS)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  roomIds?: string[] | null;

  @Field(() => WebhookOrdering, { defaultValue: WebhookOrdering.PER_ROOM })
  @IsEnum(WebhookOrdering)
  ordering: WebhookOrdering;

  @Field(() => WebhookAbsence, { nullable: true, description: 'For BEFORE, which needs it, and for nothing else.' })
  @IsOptional()
  @IsEnum(WebhookAbsence)
  onTimeout?: WebhookAbsence | null;
}

@InputType({ isAbstract: true })
class EndpointInput {
  @Field(() => ID)
  endpointId: string;
}

@InputType({ description: 'What is left out stays. Which rooms it hears of is decided when it is made.' })
export class UpdateWebhookEndpointInput extends EndpointInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Text({ min: 1, max: MAX_URL, trim: true })
  url?: string | null;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @Text({ min: 1, max: MAX_DESCRIPTION, trim: true })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: `${PATTERNS} From the next event on.` })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PATTERNS)
  @ArrayUnique()
  @Matches(EVENT_PATTERN, NOT_A_PATTERN)
  events?: string[] | null;

  @Field(() => WebhookOrdering, { nullable: true })
  @IsOptional()
  @IsEnum(WebhookOrdering)
  ordering?: WebhookOrdering | null;

  @Field(() => WebhookAbsence, { nullable: true })
  @IsOptional()
  @IsEnum(WebhookAbsence)
  onTimeout?: WebhookAbsence | null;
}

@InputType()
export class RotateWebhookSecretInput extends EndpointInput {
  @Field(() => Int, {
    defaultValue: 24,
    description: 'How long the earlier secrets sign along, 0 to 168 hours; 0 for one that has leaked.',
  })
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_HOURS)
  overlapHours: number;
}

@InputType()
export class PauseWebhookEndpointInput extends EndpointInput {}

@InputType()
export class ResumeWebhookEndpointInput extends EndpointInput {}

@InputType()
export class DeleteWebhookEndpointInput extends EndpointInput {}

@InputType()
export class SendTestEventInput extends EndpointInput {}

@InputType({ description: 'Everything in a room after a place in it: give one of the two.' })
export class ReplayedRoomInput {
  @Field(() => ID)
  roomId: string;

  @Field(() => Int, { nullable: true, description: '0 for all.' })
  @IsOptional()
  @Min(0)
  afterRevision?: number | null;

  @Field(() => Int, { nullable: true, description: '0 for all.' })
  @IsOptional()
  @Min(0)
  afterSequence?: number | null;
}

@InputType({ description: 'Deliveries that were first tried at or after `from` and before `to`.' })
export class ReplayedTimeInput {
  @Field(() => Date)
  @Instant()
  from: Date;

  @Field(() => Date)
  @Instant()
  to: Date;
}

@InputType({ description: 'Give one of the three.' })
export class ReplayWebhooksInput extends EndpointInput {
  @Field(() => ID, { nullable: true, description: 'This one, beside the order of its room.' })
  @IsOptional()
  deliveryId?: string | null;

  @Field(() => ReplayedRoomInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => ReplayedRoomInput)
  room?: ReplayedRoomInput | null;

  @Field(() => ReplayedTimeInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => ReplayedTimeInput)
  time?: ReplayedTimeInput | null;
}

@InputType({ description: 'Every condition that is given must hold.' })
export class WebhookDeliveryFilter {
  @Field(() => [WebhookDeliveryStatus], { nullable: true })
  @IsOptional()
  @IsEnum(WebhookDeliveryStatus, { each: true })
  statuses?: WebhookDeliveryStatus[] | null;

  @Field(() => ID, { nullable: true })
  @IsOptional()
  @IsUUID('all')
  roomId?: string | null;

  @Field(() => String, { nullable: true, description: 'One type of event.' })
  @IsOptional()
  @Text({ min: 1, max: 100 })
  type?: string | null;

  @Field(() => Date, { nullable: true, description: 'First tried at or after this time.' })
  @IsOptional()
  @Instant()
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'First tried before this time.' })
  @IsOptional()
  @Instant()
  to?: Date | null;
}
