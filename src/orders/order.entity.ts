import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Unique } from 'typeorm';
import { Checks } from '../database/checks.js';
import { Subject } from '../transitions/machine/subject.js';

export enum OrderStatus {
  PLACED = 'PLACED',
  AWAITING_PRESCRIPTION = 'AWAITING_PRESCRIPTION',
  CONFIRMED = 'CONFIRMED',
  PREPARING = 'PREPARING',
  READY = 'READY',
  OUT_FOR_DELIVERY = 'OUT_FOR_DELIVERY',
  DELIVERED = 'DELIVERED',
  COMPLETED = 'COMPLETED',
  REJECTED = 'REJECTED',
  CANCELED = 'CANCELED',
  RETURNED = 'RETURNED',
}

registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'How far an order is. REJECTED, CANCELED, COMPLETED and RETURNED are its ends.',
});

@ObjectType({ description: 'One line of an order.' })
export class OrderItem {
  @Field(() => String)
  name: string;

  @Field(() => Int)
  quantity: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The price of one, in the smallest unit of the currency of the order.' })
  unitMinor?: number | null;

  @Field(() => String, { nullable: true, description: "The shop's own name for the article." })
  sku?: string | null;
}

/** What somebody buys. Its payment is a thing of its own, as commerce platforms keep payment and fulfilment apart. */
@ObjectType({ implements: () => [Subject], description: 'What somebody ordered, and the room in which it is talked about: one for each.' })
@Entity('orders')
@Unique(['roomId'])
@Unique(['externalRef'])
@Checks('orders_status_check', 'orders_authority_check', 'orders_total_check', 'orders_currency_check', 'orders_items_check')
export class Order extends Subject {
  @Field(() => OrderStatus)
  @Column('text')
  status: OrderStatus;

  @Field(() => String, { description: 'As people say it: "1042".' })
  @Column('text')
  number: string;

  @Column('uuid')
  @ForeignKey('User')
  customerId: string;

  @Field(() => String, { nullable: true, description: "The host's own name for who sells." })
  @Column('text', { nullable: true })
  providerOrgId: string | null;

  @Field(() => String, { nullable: true, description: 'Who sells, as people know them.' })
  @Column('text', { nullable: true })
  providerName: string | null;

  @Column('jsonb', { default: [] })
  items: OrderItem[];

  @Field(() => GraphQLSafeInt, { description: 'In the smallest unit of the currency.' })
  @Column('bigint')
  totalMinor: number;

  @Field(() => String, { description: 'Of ISO 4217.' })
  @Column('text')
  currency: string;

  @Field(() => Boolean, { description: 'It is confirmed by approving a prescription, and not without.' })
  @Column('boolean', { default: false })
  requiresPrescription: boolean;

  @Field(() => Boolean, {
    description: 'Something is in dispute: the order is not completed, and its room not closed, before that is over.',
  })
  @Column('boolean', { default: false })
  isHeld: boolean;
}
