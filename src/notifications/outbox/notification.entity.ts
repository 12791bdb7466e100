import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../../database/checks.js';
import type { NotificationChannel } from '../../participants/notification-preferences.inputs.js';

/** Up to where the messages of a room were looked at for people who want to hear of them. */
@Entity('notification_positions')
@Checks('notification_positions_sequence_check')
export class NotificationPosition {
  @PrimaryColumn('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @Column('bigint')
  sequence: number;
}

/** What somebody is to be told of a room on a channel: of the messages behind `toldSequence` those up to `headSequence`, if still unread. */
@Entity('notifications')
@Index('notifications_waiting', { synchronize: false })
@Index('notifications_room', { synchronize: false })
@Checks('notifications_channel_check', 'notifications_sequence_check', 'notifications_over_check')
@ForeignKey('Participant', ['roomId', 'userId'], ['roomId', 'userId'], { name: 'notifications_participant_fkey', onDelete: 'CASCADE' })
export class PendingNotification {
  @PrimaryColumn('uuid')
  userId: string;

  @PrimaryColumn('text')
  channel: NotificationChannel;

  @PrimaryColumn('uuid')
  roomId: string;

  @Column('bigint')
  toldSequence: number;

  @Column('bigint')
  headSequence: number;

  /** Something of it may stand on a screen… */
  @Column('boolean', { default: false })
  isShown: boolean;

  /** …although it was read elsewhere. */
  @Column('boolean', { default: false })
  isOver: boolean;
}

/** When somebody is told next on a channel, of all rooms at once. Null: nothing waits. */
@Entity('notification_turns')
@Index('notification_turns_due', { synchronize: false })
@Checks('notification_turns_channel_check', 'notification_turns_lease_check')
export class NotificationTurn {
  @PrimaryColumn('uuid')
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('text')
  channel: NotificationChannel;

  @Column('timestamptz', { nullable: true })
  dueAt: Date | null;

  @Column('smallint', { default: 0 })
  attempt: number;

  @Column('timestamptz', { nullable: true })
  toldAt: Date | null;

  @Column('timestamptz', { nullable: true })
  leasedUntil: Date | null;

  @Column('uuid', { nullable: true })
  lease: string | null;
}
