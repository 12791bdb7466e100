import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../../database/checks.js';
import type { Metadata } from '../../timeline/log/message.entity.js';

export enum StepRequestStatus {
  PENDING = 'PENDING',
  CARRIED_OUT = 'CARRIED_OUT',
  LAPSED = 'LAPSED',
  DECLINED = 'DECLINED',
}

registerEnumType(StepRequestStatus, {
  name: 'StepRequestStatus',
  description: 'What became of what somebody asked the host to do.',
  valuesMap: {
    PENDING: { description: 'The host has not decided.' },
    CARRIED_OUT: { description: 'The host has made this step.' },
    LAPSED: { description: 'The host has made another step, after which this one is no longer asked.' },
    DECLINED: { description: 'The host will not do it, and has said so.' },
  },
});

/** A step that somebody asked for where only the host may make it. */
@ObjectType({ description: 'What somebody asked the host to do with a thing that only the host moves.' })
@Entity('step_requests')
@Index('step_requests_pending', { synchronize: false })
@Index('step_requests_key', { synchronize: false })
@Index('step_requests_offers', { synchronize: false })
@Checks('step_requests_status_check')
export class StepRequest {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  /** Where it was asked: the subject's, or that of what shall begin beside it. */
  @Column('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @Column('text')
  aggregate: string;

  @Column('uuid')
  aggregateId: string;

  @Field(() => String)
  @Column('text')
  event: string;

  @Column('uuid')
  @ForeignKey('User')
  actorId: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  reason: string | null;

  @Field(() => GraphQLJSONObject)
  @Column('jsonb', { default: {} })
  payload: Metadata;

  @Field(() => StepRequestStatus)
  @Column('text', { default: StepRequestStatus.PENDING })
  status: StepRequestStatus;

  /** Of the caller's making: a repeated call is the same request. */
  @Column('text', { nullable: true })
  requestKey: string | null;

  /** Of all that they chose. */
  @Column('bytea')
  fingerprint: Buffer;

  @Field(() => Date)
  @Column('timestamptz')
  at: Date;
}
