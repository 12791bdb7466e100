import { Field, ID, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsEnum, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Currency, MAX_MINOR, Minor } from '../common/values/money.js';
import { Text } from '../common/text/text.js';
import { MAX_REF, OwnedInput, StepInput } from '../transitions/transitions.inputs.js';
import { OrderStatus } from './order.entity.js';

const MAX_NUMBER = 40;
const MAX_NAME = 100;
const MAX_ITEMS = 100;
const MAX_STAFF = 20;
const MAX_QUANTITY = 1_000_000;

/** As the machine names them, so that what `allowedTransitions` tells can be given back. */
export enum OrderEvent {
  request_rx = 'request_rx',
  approve_rx = 'approve_rx',
  reject_rx = 'reject_rx',
  accept = 'accept',
  reject = 'reject',
  start = 'start',
  ready = 'ready',
  dispatch = 'dispatch',
  deliver = 'deliver',
  complete = 'complete',
  cancel = 'cancel',
  return = 'return',
}

registerEnumType(OrderEvent, {
  name: 'OrderEvent',
  description: 'A step of an order, spelled as `allowedTransitions` does. docs/machines.md says who may take it, and when.',
});

@InputType({ description: 'One line of an order.' })
export class OrderItemInput {
  @Field(() => String, { description: '1 to 200 characters.' })
  @Text({ min: 1, max: 200, trim: true })
  name: string;

  @Field(() => Int, { defaultValue: 1, description: '1 to 1,000,000.' })
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The price of one, in the smallest unit of the currency.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MINOR)
  unitMinor?: number | null;

  @Field(() => String, { nullable: true, description: "The shop's own name for the article; at most 100 characters." })
  @IsOptional()
  @Text({ min: 1, max: MAX_NAME })
  sku?: string | null;
}

@InputType()
export class PlaceOrderInput extends OwnedInput {
  @Field(() => ID, { nullable: true, description: 'Absent: you. Only the host (a SERVICE token) orders for others.' })
  @IsOptional()
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'As people say it, 1 to 40 characters: "1042". Absent: it gets one.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_NUMBER, trim: true })
  number?: string | null;

  @Field(() => String, { nullable: true, description: "The host's own name for who sells; at most 200 characters." })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  providerOrgId?: string | null;

  @Field(() => String, { nullable: true, description: 'Who sells, as people know them; it stands in the title of the room.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_NAME, trim: true })
  providerName?: string | null;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Who serves the customer (PHARMACY_STAFF). Named by the host and platform staff only.',
  })
  @ArrayMaxSize(MAX_STAFF)
  staffIds: string[];

  @Field(() => [OrderItemInput], { description: '1 to 100. Riders do not see them.' })
  @ValidateNested({ each: true })
  @Type(() => OrderItemInput)
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  items: OrderItemInput[];

  @Field(() => GraphQLSafeInt, { description: 'In the smallest unit of the currency, 1 to 10^12.' })
  @Minor()
  totalMinor: number;

  @Field(() => String, { description: 'Of ISO 4217: "EUR".' })
  @Currency()
  currency: string;

  @Field(() => Boolean, { defaultValue: false, description: 'It cannot be accepted without one.' })
  requiresPrescription: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Platform support stays out of its room unless it is invited.' })
  isSensitive: boolean;
}

@InputType()
export class UpdateOrderStatusInput extends StepInput {
  @Field(() => ID)
  orderId: string;

  @Field(() => OrderEvent)
  @IsEnum(OrderEvent)
  event: OrderEvent;
}

@InputType({ description: 'Every condition that is given must hold.' })
export class OrderFilter {
  @Field(() => [OrderStatus], { nullable: true, description: 'Absent: all.' })
  @IsOptional()
  @IsEnum(OrderStatus, { each: true })
  @ArrayMaxSize(20)
  status?: OrderStatus[] | null;

  @Field(() => String, { nullable: true, description: 'The whole number.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_NUMBER, trim: true })
  number?: string | null;
}
