import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import type { ProviderFacts } from '../../providers/provider.js';

/** RECEIVED: not merged yet. STALE: came late, and changed nothing. IGNORED: about nothing of ours. */
export type ProviderEventStatus = 'RECEIVED' | 'PROCESSED' | 'STALE' | 'IGNORED';

/** What a payment provider told us, reduced to what we need: neither secrets nor card data. */
@Entity('provider_events')
@Unique(['provider', 'externalId'])
@Index('provider_events_payment', { synchronize: false })
@Index('provider_events_settled', { synchronize: false })
@Checks('provider_events_status_check')
export class ProviderEvent {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  provider: string;

  @Column('text')
  externalId: string;

  @Column('text')
  type: string;

  @Column('jsonb')
  facts: ProviderFacts;

  @Column('timestamptz')
  occurredAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  receivedAt: Date;

  @Column('text', { default: 'RECEIVED' })
  status: ProviderEventStatus;

  @Column('uuid', { nullable: true })
  @ForeignKey('Payment')
  paymentId: string | null;

  /** Why it is stale or ignored. */
  @Column('text', { nullable: true })
  note: string | null;
}
