import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';

export enum JobOfferStatus {
  OPEN = 'OPEN',
  ACCEPTED = 'ACCEPTED',
  DECLINED = 'DECLINED',
  WITHDRAWN = 'WITHDRAWN',
  EXPIRED = 'EXPIRED',
}

registerEnumType(JobOfferStatus, {
  name: 'JobOfferStatus',
  description: 'What became of an offer.',
  valuesMap: {
    ACCEPTED: { description: 'One of a job at the most.' },
    DECLINED: { description: 'By the poster, or because another one was accepted.' },
    WITHDRAWN: { description: 'By its bidder, also of an accepted one, until the work has begun.' },
    EXPIRED: { description: 'Its time is over, or that of the job.' },
  },
});

/** Each bidder has a room of their own with the poster, in which all their offers for the job are made. */
@ObjectType({ implements: () => [Subject], description: 'For how much somebody would do a job. Bidders do not see each other.' })
@Entity('job_offers')
@Unique(['externalRef'])
@Index('job_offers_job', { synchronize: false })
@Index('job_offers_room', { synchronize: false })
@Index('job_offers_live', { synchronize: false })
@Index('job_offers_winner', { synchronize: false })
@Checks(
  'job_offers_status_check',
  'job_offers_authority_check',
  'job_offers_people_check',
  'job_offers_amount_check',
  'job_offers_currency_check',
)
export class JobOffer extends Subject {
  @Field(() => JobOfferStatus)
  @Column('text')
  status: JobOfferStatus;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('Job')
  jobId: string;

  @Column('uuid')
  @ForeignKey('User')
  posterId: string;

  @Column('uuid')
  @ForeignKey('User')
  workerId: string;

  @Field(() => GraphQLSafeInt, { description: 'In the smallest unit of the currency.' })
  @Column('bigint')
  amountMinor: number;

  @Field(() => String, { description: 'Of ISO 4217: that of the job.' })
  @Column('text')
  currency: string;

  @Field(() => Date)
  @Column('timestamptz')
  expiresAt: Date;
}
