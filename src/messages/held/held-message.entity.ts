import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Connection } from '../../common/graphql/connection.js';
import { Checks } from '../../database/checks.js';
import { MessageKind, type Metadata } from '../../timeline/log/message.entity.js';

export enum HeldMessageStatus {
  HELD = 'HELD',
  RELEASED = 'RELEASED',
  REFUSED = 'REFUSED',
}

registerEnumType(HeldMessageStatus, { name: 'HeldMessageStatus', description: 'What somebody has decided about a message that was held.' });

/** A message that was taken and is not in its room yet. It becomes one when it is released. */
@ObjectType({ description: 'A message that was sent, and that nobody sees until platform staff or a host system releases it.' })
@Entity('held_messages')
@Index('held_messages_client', { synchronize: false })
@Index('held_messages_waiting', { synchronize: false })
@Index('held_messages_message', { synchronize: false })
@Checks(
  'held_messages_kind_check',
  'held_messages_content_check',
  'held_messages_metadata_check',
  'held_messages_status_check',
  'held_messages_decision_check',
  'held_messages_reason_check',
  'held_messages_address_check',
)
@ForeignKey('Participant', ['roomId', 'senderId'], ['roomId', 'userId'], { name: 'held_messages_sender_fkey' })
export class HeldMessage {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @Field(() => ID)
  @Column('uuid')
  senderId: string;

  @Field(() => MessageKind)
  @Column('text')
  kind: MessageKind;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  content: string | null;

  @Field(() => GraphQLJSONObject, { nullable: true })
  @Column('jsonb', { nullable: true })
  metadata: Metadata | null;

  @Field(() => ID, { nullable: true })
  @Column('uuid', { nullable: true })
  replyToId: string | null;

  @Field(() => ID, { nullable: true, description: 'The key that the sender gave it.' })
  @Column('text', { nullable: true })
  clientId: string | null;

  /** Of what the sender wrote, whatever has become of it. */
  @Column('bytea', { nullable: true })
  clientFingerprint: Buffer | null;

  /** Whom it was addressed to, where it was sent to somebody: a person or a facility. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  recipientId: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('Facility')
  facilityId: string | null;

  @Field(() => HeldMessageStatus)
  @Column('text', { default: HeldMessageStatus.HELD })
  status: HeldMessageStatus;

  @Field(() => String, { nullable: true, description: 'Why it is held; once refused, why that.' })
  @Column('text', { nullable: true })
  reason: string | null;

  @Field(() => ID, { nullable: true, description: 'What it has become.' })
  @Column('uuid', { nullable: true })
  @ForeignKey('Message', 'id', { onDelete: 'SET NULL' })
  messageId: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  decidedBy: string | null;

  @Field(() => Date, { nullable: true })
  @Column('timestamptz', { nullable: true })
  decidedAt: Date | null;

  @Field(() => Date)
  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}

@ObjectType({ description: 'Messages that wait for somebody to look, oldest first.' })
export class HeldMessageConnection extends Connection(HeldMessage) {}
