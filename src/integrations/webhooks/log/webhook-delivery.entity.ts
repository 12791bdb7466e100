import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Connection } from '../../../common/graphql/connection.js';
import { Checks } from '../../../database/checks.js';

export enum WebhookDeliveryStatus {
  PENDING = 'PENDING',
  IN_FLIGHT = 'IN_FLIGHT',
  DELIVERED = 'DELIVERED',
  RETRYING = 'RETRYING',
  DEAD = 'DEAD',
}

registerEnumType(WebhookDeliveryStatus, {
  name: 'WebhookDeliveryStatus',
  description: 'What has become of an event on its way to an endpoint.',
  valuesMap: {
    PENDING: { description: 'Asked for again, not tried yet.' },
    IN_FLIGHT: { description: 'Being tried; also what a node was trying when it was killed, until another one takes it over.' },
    DELIVERED: { description: 'Answered with 2xx.' },
    RETRYING: { description: 'It failed and is tried again at `nextAt`.' },
    DEAD: { description: 'Given up, see `error`. `replayWebhooks` tries again.' },
  },
});

@ObjectType({ description: 'One event on its way to one endpoint, however often it is tried. Kept for 30 days.' })
@Entity('webhook_deliveries')
@Index('webhook_deliveries_event', { synchronize: false })
@Index('webhook_deliveries_log', { synchronize: false })
@Index('webhook_deliveries_open', { synchronize: false })
@Index('webhook_deliveries_due', { synchronize: false })
@Index('webhook_deliveries_read', { synchronize: false })
@Checks(
  'webhook_deliveries_status_check',
  'webhook_deliveries_place_check',
  'webhook_deliveries_read_check',
  'webhook_deliveries_next_check',
  'webhook_deliveries_error_check',
)
export class WebhookDelivery {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('WebhookEndpoint', { onDelete: 'CASCADE' })
  endpointId: string;

  @Field(() => ID, { nullable: true, description: 'Null for a test event.' })
  @Column('uuid', { nullable: true })
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "The room's revision that the event tells of. Null for a test event, and for `message.read`.",
  })
  @Column('bigint', { nullable: true })
  revision: number | null;

  /** Of `message.read`: who has read… */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  readBy: string | null;

  /** …and up to which sequence. */
  @Column('bigint', { nullable: true })
  readUpTo: number | null;

  @Field(() => String)
  @Column('text')
  type: string;

  @Field(() => ID, { description: 'The header `webhook-id`: the same for every attempt, and for a replay.' })
  @Column('text')
  webhookId: string;

  @Field(() => WebhookDeliveryStatus)
  @Column('text')
  status: WebhookDeliveryStatus;

  @Field(() => Int, { description: 'How often it was tried; a replay counts from the start.' })
  @Column('smallint', { default: 0 })
  attempt: number;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the last answer; null where none came.' })
  @Column('smallint', { nullable: true })
  code: number | null;

  @Field(() => Int, { nullable: true, description: 'How long the last attempt took, in milliseconds.' })
  @Column('int', { nullable: true })
  ms: number | null;

  @Field(() => String, { nullable: true, description: 'What went wrong, or the beginning of what the endpoint said.' })
  @Column('text', { nullable: true })
  error: string | null;

  @Field(() => Date, { nullable: true, description: 'When it is tried next.' })
  @Column('timestamptz', { nullable: true })
  nextAt: Date | null;

  @Field(() => Boolean, { description: 'Its room did not wait for it: it comes out of order, or not at all.' })
  @Column('boolean', { default: false })
  isDetached: boolean;

  @Column('uuid', { nullable: true })
  lease: string | null;

  @Column('timestamptz', { nullable: true })
  firstAttemptAt: Date | null;

  @Field(() => Date)
  @Column('timestamptz')
  createdAt: Date;

  @Field(() => Date)
  @Column('timestamptz')
  updatedAt: Date;
}

@ObjectType({ description: 'The delivery log, newest first.' })
export class WebhookDeliveryConnection extends Connection(WebhookDelivery) {}

/** How far a room was told to an endpoint. Work is where `head` is ahead of `revision`; `dueAt` says when, and a lease by whom. */
@Entity('webhook_positions')
@Index('webhook_positions_due', { synchronize: false })
@Checks('webhook_positions_head_check', 'webhook_positions_lease_check')
export class WebhookPosition {
  @PrimaryColumn('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @PrimaryColumn('uuid')
  @ForeignKey('WebhookEndpoint', { onDelete: 'CASCADE' })
  endpointId: string;

  @Column('bigint')
  revision: number;

  @Column('bigint')
  head: number;

  @Column('timestamptz', { nullable: true })
  dueAt: Date | null;

  @Column('uuid', { nullable: true })
  lease: string | null;
}
