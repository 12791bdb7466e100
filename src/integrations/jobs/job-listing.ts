import { Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Connection } from '../../common/graphql/connection.js';
import { Job, JobStatus } from './job/job.entity.js';
import { JobOffer } from './offers/job-offer.entity.js';

/** A `Job` has these fields, too; this type is what keeps the others, its room and its story from whoever only looks for work. */
@ObjectType({ description: 'A job, as far as everybody may know it.' })
export class JobListing {
  @Field(() => ID)
  id: string;

  @Field(() => JobStatus)
  status: JobStatus;

  @Field(() => String)
  number: string;

  @Field(() => String)
  title: string;

  @Field(() => String, { nullable: true })
  description: string | null;

  @Field(() => String, { nullable: true })
  area: string | null;

  @Field(() => GraphQLSafeInt, { description: 'What the poster has in mind, in the smallest unit of the currency.' })
  budgetMinor: number;

  @Field(() => String)
  currency: string;

  @Field(() => Date, { nullable: true })
  startsAt: Date | null;

  @Field(() => Date, { nullable: true })
  endsAt: Date | null;

  @Field(() => Date, { nullable: true })
  openUntil: Date | null;

  @Field(() => Boolean)
  isEscrow: boolean;
}

@ObjectType({ description: 'A page of jobs that take offers, the newest first.' })
export class JobListingConnection extends Connection(JobListing) {}

@ObjectType({ description: 'A page of jobs, the newest first.' })
export class JobConnection extends Connection(Job) {}

@ObjectType({ description: 'A page of offers, the newest first.' })
export class JobOfferConnection extends Connection(JobOffer) {}
