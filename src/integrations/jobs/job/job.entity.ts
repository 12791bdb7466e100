import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';

export enum JobStatus {
  DRAFT = 'DRAFT',
  OPEN = 'OPEN',
  ASSIGNED = 'ASSIGNED',
  IN_PROGRESS = 'IN_PROGRESS',
  SUBMITTED = 'SUBMITTED',
  REVISION_REQUESTED = 'REVISION_REQUESTED',
  COMPLETED = 'COMPLETED',
  EXPIRED = 'EXPIRED',
  CANCELED = 'CANCELED',
}

registerEnumType(JobStatus, {
  name: 'JobStatus',
  description: 'How far a job is. COMPLETED, EXPIRED and CANCELED are its ends.',
  valuesMap: {
    DRAFT: { description: 'Nobody but its poster knows of it.' },
    OPEN: { description: 'Everybody who is signed in finds it in `openJobs` and may make an offer.' },
    ASSIGNED: { description: 'An offer was accepted.' },
    SUBMITTED: { description: 'The worker says that it is done; without an answer it is complete after a while.' },
  },
});

/** Somebody is on it, or was until it was done: address and telephone are theirs to see. */
export const IN_HANDS: ReadonlySet<JobStatus> = new Set([
  JobStatus.ASSIGNED,
  JobStatus.IN_PROGRESS,
  JobStatus.SUBMITTED,
  JobStatus.REVISION_REQUESTED,
  JobStatus.COMPLETED,
]);

/** Its room is that of the poster and the chosen worker. Who makes an offer has another one, see `JobOffer`. */
@ObjectType({ implements: () => [Subject], description: 'Work that somebody wants done, and the room in which it is talked about.' })
@Entity('jobs')
@Unique(['roomId'])
@Unique(['externalRef'])
@Index('jobs_open', { synchronize: false })
@Checks(
  'jobs_status_check',
  'jobs_authority_check',
  'jobs_worker_check',
  'jobs_title_check',
  'jobs_description_check',
  'jobs_budget_check',
  'jobs_currency_check',
  'jobs_schedule_check',
)
export class Job extends Subject {
  @Field(() => JobStatus)
  @Column('text')
  status: JobStatus;

  @Field(() => String, { description: 'As people say it: "7F3K9QX2".' })
  @Column('text')
  number: string;

  @Column('uuid')
  @ForeignKey('User')
  posterId: string;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  workerId: string | null;

  @Field(() => String)
  @Column('text')
  title: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  description: string | null;

  @Field(() => String, { nullable: true, description: 'Where it is, as far as everybody may know.' })
  @Column('text', { nullable: true })
  area: string | null;

  @Field(() => GraphQLSafeInt, { description: 'What the poster has in mind, in the smallest unit of the currency.' })
  @Column('bigint')
  budgetMinor: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Of the accepted offer, in the smallest unit of the currency; null while there is none.',
  })
  @Column('bigint', { nullable: true })
  agreedMinor: number | null;

  @Field(() => String, { description: 'Of ISO 4217.' })
  @Column('text')
  currency: string;

  @Field(() => Date, { nullable: true, description: 'When the work is to begin.' })
  @Column('timestamptz', { nullable: true })
  startsAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it is to be done.' })
  @Column('timestamptz', { nullable: true })
  endsAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'Until when it takes offers; null: `JOB_OPEN_DAYS` from its publication.' })
  @Column('timestamptz', { nullable: true })
  openUntil: Date | null;

  @Field(() => Boolean, { description: 'It starts only when the money is authorised or held; the completion pays it out.' })
  @Column('boolean', { default: false })
  isEscrow: boolean;

  @Field(() => Boolean, { description: 'Something about it is in dispute: it is not completed before that is over.' })
  @Column('boolean', { default: false })
  isHeld: boolean;

  /** Of poster and worker the one who would rather stop; the other one's word ends it. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  cancelProposedBy: string | null;
}
