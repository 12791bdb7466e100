import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../database/checks.js';

/** A person or a facility: one of the two. */
export interface Address {
  recipientId: string | null;
  facilityId: string | null;
}

/** To whom a message was addressed that went by `sendMessageTo`. It is there if and only if the message is. */
@Entity('message_addresses')
@Unique(['senderId', 'clientId'])
@Checks('message_addresses_one_check')
export class MessageAddress implements Address {
  @PrimaryColumn('uuid')
  @ForeignKey('Message', 'id', { onDelete: 'CASCADE' })
  messageId: string;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  recipientId: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('Facility')
  facilityId: string | null;

  /** The two of the message: other than in a room, a key means one message to whomever it is addressed. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  senderId: string | null;

  @Column('text', { nullable: true })
  clientId: string | null;
}
