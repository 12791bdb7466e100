import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Connection } from '../../../common/graphql/connection.js';
import { Checks } from '../../../database/checks.js';

export enum InboundStatus {
  RECEIVED = 'RECEIVED',
  PROCESSED = 'PROCESSED',
  STALE = 'STALE',
  QUARANTINED = 'QUARANTINED',
  FAILED = 'FAILED',
}

registerEnumType(InboundStatus, {
  name: 'InboundStatus',
  description: 'What became of an event that came in.',
  valuesMap: {
    RECEIVED: { description: 'It is kept, and will be merged in a moment.' },
    PROCESSED: { description: 'It brought something into being, or moved it.' },
    STALE: { description: 'What it tells was known, overtaken by something later, or about nothing of ours. It changed nothing.' },
    QUARANTINED: { description: 'It does not fit: `errorCode` says why, `isWaiting` whether it is tried again by itself.' },
    FAILED: { description: 'Something went wrong on our side, several times.' },
  },
});

@ObjectType({ description: 'What a system sent us, and what became of it.' })
@Entity('inbound_events')
@Unique(['integrationId', 'externalId'])
@Index('inbound_events_provider', { synchronize: false })
@Index('inbound_events_open', { synchronize: false })
@Index('inbound_events_waiting', { synchronize: false })
@Index('inbound_events_merged', { synchronize: false })
@Index('inbound_events_troubled', { synchronize: false })
@Index('inbound_events_log', { synchronize: false })
@Index('inbound_events_object', { synchronize: false })
@Index('inbound_events_settled', { synchronize: false })
@Checks(
  'inbound_events_sender_check',
  'inbound_events_status_check',
  'inbound_events_external_id_check',
  'inbound_events_raw_check',
  'inbound_events_error_check',
  'inbound_events_waits_check',
)
export class InboundEvent {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => ID, { nullable: true, description: 'Whose it is; null for one of a payment provider.' })
  @Column('uuid', { nullable: true })
  @ForeignKey('Integration')
  integrationId: string | null;

  @Field(() => String, { nullable: true, description: 'The payment provider whose it is: "stripe".' })
  @Column('text', { nullable: true })
  provider: string | null;

  @Field(() => String, { description: "The sender's own id of it; the same is the same event." })
  @Column('text')
  externalId: string;

  @Field(() => String, { description: '"order.accept", and "payment_intent.succeeded" of a provider.' })
  @Column('text')
  type: string;

  @Column('text')
  aggregate: string;

  @Field(() => String, { description: 'What it is about, as the sender names it.' })
  @Column('text')
  objectRef: string;

  @Field(() => ID, { nullable: true, description: 'Our id of it, once the event was merged; of a provider, of the payment.' })
  @Column('uuid', { nullable: true })
  objectId: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The version of the object that the sender told.' })
  @Column('bigint', { nullable: true })
  objectVersion: number | null;

  @Field(() => Date, { description: 'As the sender says.' })
  @Column('timestamptz')
  occurredAt: Date;

  @Field(() => Date)
  @Column('timestamptz')
  receivedAt: Date;

  @Field(() => Date, { nullable: true, description: 'When it came to its status.' })
  @Column('timestamptz', { nullable: true })
  settledAt: Date | null;

  @Column('bytea', { select: false })
  raw: Buffer;

  @Field(() => InboundStatus)
  @Column('text', { default: InboundStatus.RECEIVED })
  status: InboundStatus;

  @Field(() => Int, { description: 'How often it was tried.' })
  @Column('int', { default: 0 })
  attempts: number;

  @Field(() => String, { nullable: true, description: 'A code of those that errors have.' })
  @Column('text', { nullable: true })
  errorCode: string | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  error: string | null;

  @Column('text', { array: true, nullable: true })
  waitsFor: string[] | null;

  @Field(() => Boolean, { description: 'It came too early, and is tried again when what it waits for has moved.' })
  get isWaiting(): boolean {
    return this.waitsFor !== null;
  }

  @Field(() => String, {
    nullable: true,
    name: 'raw',
    description:
      'The body as it came, but for the secrets in those of a provider; once merged, without what only the thing itself keeps (address and phone of a job). Told by `inboundEvent` only; null in lists.',
  })
  get text(): string | null {
    // TypeORM leaves out what was not asked for.
    return (this.raw as Buffer | undefined)?.toString('utf8') ?? null;
  }
}

@ObjectType({ description: 'What systems sent us, newest first.' })
export class InboundEventConnection extends Connection(InboundEvent) {}
