import { Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import { DisputeOfferStatus } from './dispute.enums.js';

/** At most one of a dispute is open; the steps of the dispute move it. */
@ObjectType({ description: 'What one party offers the other to end a dispute.' })
@Entity('dispute_offers')
@Index('dispute_offers_open', { synchronize: false })
@Index('dispute_offers_dispute', { synchronize: false })
@Checks(
  'dispute_offers_status_check',
  'dispute_offers_amount_check',
  'dispute_offers_terms_check',
  'dispute_offers_content_check',
  'dispute_offers_settled_check',
)
export class DisputeOffer {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('Dispute')
  disputeId: string;

  @Column('uuid')
  @ForeignKey('User')
  byId: string;

  @Field(() => GraphQLSafeInt, { nullable: true, description: "That the claimant gets, in the smallest unit of the dispute's currency." })
  @Column('bigint', { nullable: true })
  amountMinor: number | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  terms: string | null;

  @Field(() => DisputeOfferStatus)
  @Column('text', { default: DisputeOfferStatus.OPEN })
  status: DisputeOfferStatus;

  @Field(() => Date)
  @Column('timestamptz')
  expiresAt: Date;

  @Field(() => Date)
  @Column('timestamptz')
  createdAt: Date;

  @Field(() => Date, { nullable: true, description: 'When it ceased to be open.' })
  @Column('timestamptz', { nullable: true })
  settledAt: Date | null;
}

/** Never changed once it is there; `sha256` shows it if somebody does so past the database's own refusal. */
@ObjectType({ description: 'A copy of a message, or a text of its own, as it was when it was handed in.' })
@Entity('dispute_evidence')
@Unique(['disputeId', 'messageId'])
@Index('dispute_evidence_dispute', { synchronize: false })
@Checks('dispute_evidence_sha256_check')
export class DisputeEvidence {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('Dispute')
  disputeId: string;

  @Field(() => ID, { nullable: true, description: 'The message that it is a copy of; null for a text of its own.' })
  @Column('uuid', { nullable: true })
  messageId: string | null;

  /** Null for the host. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  byId: string | null;

  @Field(() => GraphQLJSONObject, {
    description: 'A text: `kind` TEXT and `text`. A message: `kind` MESSAGE, its content, sender, place and times as they were.',
  })
  @Column('jsonb')
  copy: Metadata;

  @Column('bytea')
  sha256: Buffer;

  @Field(() => Date)
  @Column('timestamptz')
  at: Date;
}

@ObjectType({ description: 'All of a dispute that is over: its facts, steps, offers and evidence, in one file that cannot be changed.' })
@Entity('dispute_bundles')
@Checks('dispute_bundles_sha256_check')
export class DisputeBundle {
  @PrimaryColumn('uuid')
  @ForeignKey('Dispute')
  disputeId: string;

  @Field(() => String, { description: 'JSON: keys sorted, without white space. Keep these very characters: `sha256` is of them as UTF-8.' })
  @Column('text')
  content: string;

  @Column('bytea')
  sha256: Buffer;

  @Field(() => Date)
  @Column('timestamptz')
  sealedAt: Date;
}
