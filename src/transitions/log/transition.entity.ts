import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../database/checks.js';
import type { Metadata } from '../../timeline/log/message.entity.js';

export enum TransitionSource {
  USER = 'USER',
  SERVICE = 'SERVICE',
  TIMER = 'TIMER',
  WEBHOOK = 'WEBHOOK',
  SYSTEM = 'SYSTEM',
}

registerEnumType(TransitionSource, {
  name: 'TransitionSource',
  description: 'How a step came about.',
  valuesMap: {
    USER: { description: 'Somebody called.' },
    SERVICE: { description: 'A host system called, with a token of its own.' },
    TIMER: { description: 'A deadline ran out.' },
    WEBHOOK: { description: 'An event of the host or of a provider came in.' },
    SYSTEM: { description: 'It followed from another step.' },
  },
});

/** One step of a machine. Written in the transaction of the step, together with its message, and never changed. */
@ObjectType({ description: 'One step of an order, a payment, a dispute… There is one message for each, and the other way round.' })
@Entity('transitions')
@Unique(['aggregate', 'aggregateId', 'version'])
@Unique(['messageId'])
@Index('transitions_event_key', { synchronize: false })
@Checks('transitions_source_check', 'transitions_version_check', 'transitions_payload_check')
@ForeignKey('Message', ['roomId', 'messageSequence'], ['roomId', 'sequence'], { name: 'transitions_message_fkey' })
export class Transition {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  roomId: string;

  @Field(() => String, { description: 'What has moved: "order", "delivery", "payment"…' })
  @Column('text')
  aggregate: string;

  @Field(() => ID)
  @Column('uuid')
  aggregateId: string;

  @Field(() => Int, { description: "The subject's version after it." })
  @Column('int')
  version: number;

  @Field(() => String)
  @Column('text')
  event: string;

  @Field(() => String, { nullable: true, description: 'Null when the subject came into being.' })
  @Column('text', { nullable: true })
  fromStatus: string | null;

  @Field(() => String)
  @Column('text')
  toStatus: string;

  /** Null where nobody in particular stands behind it. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  actorId: string | null;

  @Field(() => String, { description: 'As what they acted.' })
  @Column('text')
  actorRole: string;

  @Field(() => TransitionSource)
  @Column('text')
  source: TransitionSource;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  reason: string | null;

  @Field(() => GraphQLJSONObject)
  @Column('jsonb', { default: {} })
  payload: Metadata;

  /** Scope and idempotency key of whoever asked; a second use finds this step. */
  @Column('text', { nullable: true })
  eventKey: string | null;

  @Column('bytea', { nullable: true })
  fingerprint: Buffer | null;

  @Column('uuid')
  messageId: string;

  @Field(() => Int, { description: 'The place of its message in the room.' })
  @Column('bigint')
  messageSequence: number;

  @Field(() => Date)
  @Column('timestamptz')
  at: Date;
}
