import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../database/checks.js';

export enum MessageKind {
  TEXT = 'TEXT',
  IMAGE = 'IMAGE',
  FILE = 'FILE',
  SYSTEM = 'SYSTEM',
  SYSTEM_UPLOAD = 'SYSTEM_UPLOAD',
  ORDER_UPDATE = 'ORDER_UPDATE',
  DELIVERY_UPDATE = 'DELIVERY_UPDATE',
  PAYMENT = 'PAYMENT',
  DISPUTE = 'DISPUTE',
  JOB_UPDATE = 'JOB_UPDATE',
  APPOINTMENT = 'APPOINTMENT',
  STUDY_UPDATE = 'STUDY_UPDATE',
}

registerEnumType(MessageKind, {
  name: 'MessageKind',
  description: 'People send TEXT, IMAGE and FILE; the others come from the system and tell of the room or of the thing that it is about.',
  valuesMap: {
    SYSTEM: { description: 'A notice about the room itself: who came, who went, what was closed. Never counts as unread.' },
    SYSTEM_UPLOAD: { description: 'A study has arrived at a facility.' },
    STUDY_UPDATE: { description: 'Any other step of a study.' },
  },
});

export type Metadata = Record<string, unknown>;

/**
 * One line in a room. `sequence` counts 1, 2, 3… within the room and has no gaps: a client that sees 7 after 5 knows that it
 * missed 6, and asks for it.
 */
@ObjectType({ description: 'One line in a room. A deleted message stays as a tombstone: its place remains, its content is null.' })
@Entity('messages')
@Unique(['id'])
@Index('messages_client', { synchronize: false })
@Index('messages_revision', { synchronize: false })
@Index('messages_created_revision', { synchronize: false })
@Index('messages_created_at', { synchronize: false })
@Index('messages_kind', { synchronize: false })
@Index('messages_search', { synchronize: false })
@Checks(
  'messages_kind_check',
  'messages_content_check',
  'messages_metadata_check',
  'messages_client_id_check',
  'messages_tombstone_check',
  'messages_revision_check',
)
@ForeignKey('Participant', ['roomId', 'senderId'], ['roomId', 'userId'], { name: 'messages_sender_fkey' })
export class Message {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @Field(() => Int, { description: 'Position in the room: 1, 2, 3… without a hole. The order of messages.' })
  @PrimaryColumn('bigint')
  sequence: number;

  @Field(() => ID)
  @Column('uuid')
  id: string;

  /** Null for the system ("payment received"). */
  @Column('uuid', { nullable: true })
  senderId: string | null;

  @Field(() => MessageKind)
  @Column('text')
  kind: MessageKind;

  /** Of the system's messages in English; `inLanguage` has the others. */
  @Column('text', { nullable: true })
  content: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'For rich content: at most 16 KB and 8 levels. In a SYSTEM message `event` says what happened, and to whom.',
  })
  @Column('jsonb', { nullable: true })
  metadata: Metadata | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('Message', 'id', { name: 'messages_reply_to_fkey' })
  replyToId: string | null;

  @Field(() => ID, { nullable: true, description: 'The key that the sender gave it: optimistic front ends find their own message by it.' })
  @Column('text', { nullable: true })
  clientId: string | null;

  /** Of the content as first sent, to tell a retry from a second use of the same key. Null once deleted. */
  @Column('bytea', { nullable: true })
  clientFingerprint: Buffer | null;

  @Column('bigint')
  createdRevision: number;

  @Field(() => Int, { description: "The room's revision at the last change of this message." })
  @Column('bigint')
  revision: number;

  @Field(() => Date, { description: "By the server's clock. For people to read: the order is that of `sequence`." })
  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Field(() => Date, { nullable: true, description: 'The last time; null as long as it was never edited.' })
  @Column('timestamptz', { nullable: true })
  editedAt: Date | null;

  /** The last time that somebody reacted, or took a reaction back: webhooks say when. Read there alone. */
  @Column('timestamptz', { nullable: true, select: false })
  reactedAt?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Set in a tombstone.' })
  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  deletedBy: string | null;
}
