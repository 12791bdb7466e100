import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../../database/checks.js';
import { ParticipantRole, ParticipantStatus } from '../../policy/roles.js';

/** Somebody in a room. One row per person and room for ever: who comes back finds their place and their read position. */
@ObjectType({ description: 'Somebody in a room: as what, since when, and how far they have read.' })
@Entity('participants')
@Index('participants_user', { synchronize: false })
@Checks(
  'participants_role_check',
  'participants_status_check',
  'participants_muted_check',
  'participants_positions_check',
  'participants_preferences_check',
  'participants_unread_check',
)
export class Participant {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @Field(() => ID)
  @PrimaryColumn('uuid')
  @ForeignKey('User')
  userId: string;

  @Field(() => ParticipantRole)
  @Column('text')
  role: ParticipantRole;

  /** Shown as it is at that moment (`standingAt`). */
  @Column('text', { default: 'ACTIVE' })
  status: ParticipantStatus;

  @Column('timestamptz', { nullable: true })
  mutedUntil: Date | null;

  @Field(() => Int, {
    description:
      "They have read everything up to this sequence; 0 while they hide it. One's own is in the answer of `markRead`, and in `Room.viewer`.",
  })
  @Column('bigint', { default: 0 })
  lastReadSequence: number;

  @Field(() => Int, { description: 'Everything up to this sequence has reached one of their devices.' })
  @Column('bigint', { default: 0 })
  lastDeliveredSequence: number;

  /** Where they marked messages that they had read as unread again. Theirs alone: the others are told `lastReadSequence`. */
  @Column('bigint', { nullable: true })
  unreadAfterSequence: number | null;

  /** Messages up to this sequence are hidden from them: they cleared their history, or joined later. */
  @Column('bigint', { default: 0 })
  historyFromSequence: number;

  @Column('jsonb', { default: {} })
  notificationPreferences: Record<string, unknown>;

  @Field(() => Date, { description: 'The last time, if they came more than once.' })
  @Column('timestamptz', { default: () => 'now()' })
  joinedAt: Date;

  @Field(() => Date, { nullable: true, description: 'Null while they have a seat.' })
  @Column('timestamptz', { nullable: true })
  leftAt: Date | null;

  @Column('text', { nullable: true })
  leftReason: string | null;
}

/** One act of reading: everything up to here, at this time. */
@Entity('read_receipts')
@ForeignKey('Participant', ['roomId', 'userId'], ['roomId', 'userId'], { name: 'read_receipts_participant_fkey', onDelete: 'CASCADE' })
export class ReadReceipt {
  @PrimaryColumn('uuid')
  roomId: string;

  @PrimaryColumn('uuid')
  userId: string;

  @PrimaryColumn('bigint')
  upToSequence: number;

  @Column('timestamptz', { default: () => 'now()' })
  at: Date;
}

@ObjectType({ description: 'Somebody came, went, or may do other things than before. It precedes the SYSTEM message that records it.' })
export class ParticipantChanged {
  @Field(() => ID)
  readonly roomId: string;

  @Field(() => ID)
  readonly userId: string;

  constructor(roomId: string, userId: string) {
    this.roomId = roomId;
    this.userId = userId;
  }
}
