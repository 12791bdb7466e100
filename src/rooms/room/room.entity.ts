import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../database/checks.js';
import { RoomStatus } from '../../policy/roles.js';
import { MessageKind } from '../../timeline/log/message.entity.js';
import type { TitleWords } from '../../wording/titles.js';

export enum RoomKind {
  DIRECT = 'DIRECT',
  GROUP = 'GROUP',
  ORDER = 'ORDER',
  JOB = 'JOB',
  APPOINTMENT = 'APPOINTMENT',
  FACILITY = 'FACILITY',
  SUPPORT = 'SUPPORT',
}

export enum RoomVisibility {
  PUBLIC = 'PUBLIC',
  PRIVATE = 'PRIVATE',
}

registerEnumType(RoomKind, {
  name: 'RoomKind',
  description: 'What a room is about.',
  valuesMap: {
    DIRECT: { description: 'Two people: always the same room, see `openDirectRoom`.' },
    GROUP: { description: 'Anything else; whoever creates it is its ADMIN.' },
    SUPPORT: { description: 'A question to the platform.' },
  },
});
registerEnumType(RoomVisibility, {
  name: 'RoomVisibility',
  description: 'Who can find a room and enter it.',
  valuesMap: {
    PUBLIC: { description: 'Everybody who is signed in finds it and may join.' },
    PRIVATE: { description: 'It is entered by invitation, and nobody else knows of it.' },
  },
});

/** A conversation about something. Its two counters move only under its row lock, in the transaction that they describe. */
@ObjectType({ description: 'A conversation about something that has a state.' })
@Entity('rooms')
@Unique(['code'])
@Unique(['pairKey'])
@Index('rooms_public', { synchronize: false })
@Checks(
  'rooms_kind_check',
  'rooms_visibility_check',
  'rooms_status_check',
  'rooms_title_check',
  'rooms_max_participants_check',
  'rooms_participant_count_check',
  'rooms_head_check',
  'rooms_preview_check',
  'rooms_hold_count_check',
  'rooms_facility_check',
  'rooms_closed_by_check',
)
export class Room {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => String, { description: 'Unique and readable, for people to say: "ORD-7F3K9QX2".' })
  @Column('text')
  code: string;

  @Field(() => RoomKind)
  @Column('text')
  kind: RoomKind;

  @Field(() => RoomVisibility)
  @Column('text', { default: RoomVisibility.PRIVATE })
  visibility: RoomVisibility;

  @Field(() => RoomStatus)
  @Column('text', { default: RoomStatus.OPEN })
  status: RoomStatus;

  /** In English, unless somebody has chosen it. */
  @Column('text')
  title: string;

  @Field(() => Boolean, {
    description: 'Somebody has chosen the title: it is the same in every language, and no longer follows what the room is for.',
  })
  @Column('boolean', { default: false })
  titleIsCustom: boolean;

  /** What its title is made from, also while somebody has chosen another; null while nobody has been in it, and in rooms that are older. */
  @Column('jsonb', { nullable: true })
  titleWords: TitleWords | null;

  @Field(() => Int, { description: '2 to 50.' })
  @Column('smallint', { default: 50 })
  maxParticipants: number;

  @Field(() => Int, { description: 'How many have a seat at this moment.' })
  @Column('smallint', { default: 0 })
  participantCount: number;

  @Field(() => Int, { description: 'The position of the newest message.' })
  @Column('bigint', { default: 0 })
  lastSequence: number;

  @Field(() => Int, { description: 'Counts every durable change of the room. `roomEvents` and `changes` resume after it.' })
  @Column('bigint', { default: 0 })
  revision: number;

  @Column('text', { nullable: true })
  lastMessagePreview: string | null;

  @Column('text', { nullable: true })
  lastMessageKind: MessageKind | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  lastMessageSenderId: string | null;

  @Column('timestamptz', { nullable: true })
  lastMessageAt: Date | null;

  @Field(() => Date, { description: 'Of the newest message. Room lists are sorted by it.' })
  @Column('timestamptz', { default: () => 'now()' })
  lastActivityAt: Date;

  /** The same people and the same subject never get two rooms. */
  @Column('text', { nullable: true })
  pairKey: string | null;

  @Field(() => Boolean, { description: 'Platform support stays out unless it is invited.' })
  @Column('boolean', { default: false })
  isSensitive: boolean;

  @Field(() => Int, { description: 'How many live disputes keep what stands here: as long as there are any, nothing in it is deleted.' })
  @Column('smallint', { default: 0 })
  holdCount: number;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  createdBy: string | null;

  /** Who closed or archived it. Null while it is open, and where the system closed it. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  closedBy: string | null;

  @Field(() => Date)
  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  /** A deleted room is gone for everybody; its log stays for the audit. */
  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;
}

@ObjectType({ description: 'The newest message, as a room list shows it.' })
export class LastMessage {
  @Field(() => Int)
  sequence: number;

  @Field(() => MessageKind)
  kind: MessageKind;

  roomId: string;
  /** Of the system's messages in English. */
  preview: string | null;

  @Field(() => Date)
  createdAt: Date;

  senderId: string | null;
}

@ObjectType({ description: 'A public room, as far as somebody may know it who is not in it.' })
export class PublicRoom {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  code: string;

  @Field(() => RoomKind)
  kind: RoomKind;

  @Field(() => RoomStatus)
  status: RoomStatus;

  @Field(() => Int)
  participantCount: number;

  @Field(() => Int)
  maxParticipants: number;

  @Field(() => Date)
  lastActivityAt: Date;
}

@ObjectType({
  description: 'The room itself changed: its title, its status, its settings. It precedes the SYSTEM message that records it.',
})
export class RoomChanged {
  @Field(() => ID)
  readonly roomId: string;

  constructor(roomId: string) {
    this.roomId = roomId;
  }
}
