import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../database/checks.js';
import { Subject } from '../transitions/machine/subject.js';

export enum DeliveryStatus {
  UNASSIGNED = 'UNASSIGNED',
  ASSIGNED = 'ASSIGNED',
  EN_ROUTE_PICKUP = 'EN_ROUTE_PICKUP',
  ARRIVED_PICKUP = 'ARRIVED_PICKUP',
  PICKED_UP = 'PICKED_UP',
  EN_ROUTE_DROPOFF = 'EN_ROUTE_DROPOFF',
  ARRIVED_DROPOFF = 'ARRIVED_DROPOFF',
  DELIVERED = 'DELIVERED',
  ATTEMPT_FAILED = 'ATTEMPT_FAILED',
  RETURNING = 'RETURNING',
  RETURNED = 'RETURNED',
  CANCELED = 'CANCELED',
}

registerEnumType(DeliveryStatus, {
  name: 'DeliveryStatus',
  description: 'Where a parcel is. DELIVERED, RETURNED and CANCELED are its ends.',
  valuesMap: { ATTEMPT_FAILED: { description: 'Nobody took it. The rider tries again, or brings it back.' } },
});

@ObjectType({ description: 'A place to fetch something from, or to bring it to.' })
export class Stop {
  @Field(() => String)
  address: string;

  @Field(() => String, { nullable: true, description: 'Who is there.' })
  name?: string | null;

  @Field(() => String, { nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: 'For the rider: "second door on the left".' })
  notes?: string | null;
}

@ObjectType({ description: 'How the rider knows that it came into the right hands.' })
export class DeliveryProof {
  @Field(() => ID, { nullable: true, description: 'Of a photo.' })
  photoId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'The recipient said the right number.' })
  pinOk?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Of a signature.' })
  signatureId?: string | null;
}

/** A parcel on its way. One that came back is followed by another delivery of the same order. */
@ObjectType({ implements: () => [Subject], description: "The way of an order's parcel to the customer." })
@Entity('deliveries')
@Unique(['externalRef'])
@Index('deliveries_order', { synchronize: false })
@Index('deliveries_live', { synchronize: false })
@Checks('deliveries_status_check', 'deliveries_authority_check', 'deliveries_rider_check', 'deliveries_attempts_check')
export class Delivery extends Subject {
  @Field(() => DeliveryStatus)
  @Column('text')
  status: DeliveryStatus;

  @Column('uuid')
  @ForeignKey('Order')
  orderId: string;

  /** Null for a courier of the provider who is nobody here. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  riderId: string | null;

  @Field(() => Stop)
  @Column('jsonb')
  pickup: Stop;

  @Field(() => Stop)
  @Column('jsonb')
  dropoff: Stop;

  @Field(() => Date, { nullable: true, description: 'When it is expected at its destination.' })
  @Column('timestamptz', { nullable: true })
  eta: Date | null;

  @Field(() => DeliveryProof, { nullable: true, description: 'Null until it is delivered, and where the host vouches for it.' })
  @Column('jsonb', { nullable: true })
  proof: DeliveryProof | null;

  @Field(() => Int, { description: 'How often nobody took it.' })
  @Column('int', { default: 0 })
  attempts: number;

  @Field(() => String, { nullable: true, description: 'Who delivers, where that is not the shop itself.' })
  @Column('text', { nullable: true })
  provider: string | null;
}
