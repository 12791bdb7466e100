import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../../../database/checks.js';

/** Up to where an endpoint was told that somebody has read. Work is where they have read further. */
@Entity('webhook_reads')
@Index('webhook_reads_due', { synchronize: false })
@Checks('webhook_reads_next_check')
export class WebhookRead {
  @PrimaryColumn('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @PrimaryColumn('uuid')
  @ForeignKey('WebhookEndpoint', { onDelete: 'CASCADE' })
  endpointId: string;

  @PrimaryColumn('uuid')
  @ForeignKey('User')
  userId: string;

  @Column('bigint', { default: 0 })
  told: number;

  /** Attempts since the last that did not fail, whatever has been read meanwhile. */
  @Column('smallint', { default: 0 })
  failures: number;

  /** When it is tried again; null where nothing has failed. */
  @Column('timestamptz', { nullable: true })
  nextAt: Date | null;
}
