import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Metadata } from '../../timeline/log/message.entity.js';

/** What a message said before somebody edited or deleted it. */
@ObjectType({ description: 'What a message said before it was edited or deleted.' })
@Entity('message_revisions')
export class MessageRevision {
  @PrimaryColumn('uuid')
  @ForeignKey('Message', 'id', { onDelete: 'CASCADE' })
  messageId: string;

  @Field(() => Int, { description: "The room's revision at which this was replaced." })
  @PrimaryColumn('bigint')
  revision: number;

  @Field(() => String, { nullable: true, description: 'What it said until then.' })
  @Column('text', { nullable: true })
  content: string | null;

  @Column('jsonb', { nullable: true })
  metadata: Metadata | null;

  @Column('uuid')
  @ForeignKey('User')
  replacedBy: string;

  @Field(() => Date)
  @Column('timestamptz', { default: () => 'now()' })
  replacedAt: Date;

  @Field(() => String, { nullable: true, description: 'Why it was deleted.' })
  @Column('text', { nullable: true })
  reason: string | null;
}
