import { Field, ID, InputType, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsEnum, IsOptional, ValidateNested } from 'class-validator';
import { Instant } from '../common/values/instant.js';
import { Prose } from '../common/text/prose.js';
import { Text } from '../common/text/text.js';
import { NamedInput, StepInput } from '../transitions/transitions.inputs.js';

/** The steps of the machine that need nothing but their name. */
export enum DeliveryEvent {
  unassign = 'unassign',
  head_to_pickup = 'head_to_pickup',
  arrive_at_pickup = 'arrive_at_pickup',
  pick_up = 'pick_up',
  head_to_dropoff = 'head_to_dropoff',
  arrive_at_dropoff = 'arrive_at_dropoff',
  fail_attempt = 'fail_attempt',
  turn_back = 'turn_back',
  hand_back = 'hand_back',
  cancel = 'cancel',
}

registerEnumType(DeliveryEvent, {
  name: 'DeliveryEvent',
  description:
    'A step of a delivery, spelled as `allowedTransitions` does. `assign` is the mutation assignRider, `deliver` is confirmDelivery.',
});

@InputType({ description: 'A place to fetch something from, or to bring it to.' })
export class StopInput {
  @Field(() => String, { description: '1 to 300 characters.' })
  @Text({ min: 1, max: 300, trim: true })
  address: string;

  @Field(() => String, { nullable: true, description: 'Who is there; at most 100 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 100, trim: true })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 40 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 40, trim: true })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: 'For the rider; at most 500 characters.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: 500, trim: true })
  notes?: string | null;
}

@InputType()
export class CreateDeliveryInput extends NamedInput {
  @Field(() => ID)
  orderId: string;

  @Field(() => StopInput)
  @ValidateNested()
  @Type(() => StopInput)
  pickup: StopInput;

  @Field(() => StopInput)
  @ValidateNested()
  @Type(() => StopInput)
  dropoff: StopInput;

  @Field(() => Date, { nullable: true })
  @IsOptional()
  @Instant()
  eta?: Date | null;

  @Field(() => String, { nullable: true, description: 'Who delivers, where that is not the shop itself; at most 100 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 100, trim: true })
  provider?: string | null;
}

@InputType({ isAbstract: true })
class DeliveryInput extends StepInput {
  @Field(() => ID)
  deliveryId: string;
}

@InputType()
export class AssignRiderInput extends DeliveryInput {
  @Field(() => ID, { nullable: true, description: 'Who joins the room. Null, from the host only: a courier who has no account here.' })
  @IsOptional()
  riderId?: string | null;
}

@InputType()
export class UpdateDeliveryStatusInput extends DeliveryInput {
  @Field(() => DeliveryEvent)
  @IsEnum(DeliveryEvent)
  event: DeliveryEvent;

  @Field(() => Date, { nullable: true, description: 'When it is expected at its destination, where that is known better now.' })
  @IsOptional()
  @Instant()
  eta?: Date | null;
}

@InputType({ description: 'One of them is needed; the host may leave them out.' })
export class DeliveryProofInput {
  @Field(() => ID, { nullable: true, description: 'At most 100 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 100 })
  photoId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'The recipient said the right number.' })
  pinOk?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'At most 100 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 100 })
  signatureId?: string | null;
}

@InputType()
export class ConfirmDeliveryInput extends DeliveryInput {
  @Field(() => DeliveryProofInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => DeliveryProofInput)
  proof?: DeliveryProofInput | null;
}
