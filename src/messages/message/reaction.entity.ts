import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { PerViewer } from '../../common/graphql/per-viewer.js';

/** One person's emoji under one message. */
@Entity('reactions')
export class Reaction {
  @PrimaryColumn('uuid')
  @ForeignKey('Message', 'id', { onDelete: 'CASCADE' })
  messageId: string;

  @PrimaryColumn('uuid')
  @ForeignKey('User')
  userId: string;

  @PrimaryColumn('text')
  emoji: string;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}

@ObjectType({ description: 'All reactions of one kind under a message.' })
export class ReactionSummary {
  @Field(() => String)
  emoji: string;

  @Field(() => Int, { description: 'How many people.' })
  count: number;

  @PerViewer()
  @Field(() => Boolean, { description: 'Is one of them mine?' })
  mine: boolean;
}

/** Exactly one emoji that Unicode recommends for interchange, sequences included (flags, families, skin tones). @see UTS #51 */
export const isEmoji = (text: string): boolean => /^\p{RGI_Emoji}$/v.test(text);
