import { Field, ObjectType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Checks } from '../../../database/checks.js';

/** Never in a message, a step or a log: it stands here only. */
@ObjectType({ description: 'Where a job is, and how to reach its poster.' })
@Entity('job_contacts')
@Checks('job_contacts_address_check', 'job_contacts_phone_check')
export class JobContact {
  @PrimaryColumn('uuid')
  @ForeignKey('Job', { onDelete: 'CASCADE' })
  jobId: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  address: string | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  phone: string | null;
}
