import { Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';
import { DisputeContextKind, DisputeOutcome, DisputeReason, DisputeStage, DisputeStatus, DesiredOutcome } from './dispute.enums.js';

/** A disagreement of two people in a room about one thing. What is live of it keeps the room and its funds as they are. */
@ObjectType({ implements: () => [Subject], description: 'A disagreement of two people about something: negotiated, else decided.' })
@Entity('disputes')
@Unique(['externalRef'])
@Index('disputes_live', { synchronize: false })
@Index('disputes_room', { synchronize: false })
@Index('disputes_opened_by', { synchronize: false })
@Index('disputes_against', { synchronize: false })
@Index('disputes_mediator', { synchronize: false })
@Checks(
  'disputes_authority_check',
  'disputes_status_check',
  'disputes_stage_check',
  'disputes_parties_check',
  'disputes_neutral_check',
  'disputes_amount_check',
  'disputes_award_check',
  'disputes_offer_check',
  'disputes_outcome_check',
)
export class Dispute extends Subject {
  @Field(() => DisputeStatus)
  @Column('text')
  status: DisputeStatus;

  @Field(() => DisputeStage)
  @Column('text', { default: DisputeStage.NEGOTIATION })
  stage: DisputeStage;

  @Field(() => DisputeContextKind)
  @Column('text')
  contextKind: DisputeContextKind;

  @Field(() => ID, { description: 'Of the thing that it is about; of the room where it is about the room.' })
  @Column('uuid')
  contextId: string;

  /** The claimant. */
  @Column('uuid')
  @ForeignKey('User')
  openedBy: string;

  /** The respondent. */
  @Column('uuid')
  @ForeignKey('User')
  against: string;

  @Field(() => DisputeReason)
  @Column('text')
  reason: DisputeReason;

  @Field(() => DesiredOutcome, { description: 'What the claimant wants.' })
  @Column('text')
  desired: DesiredOutcome;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'What is claimed, in the smallest unit. Null: it is not about money.' })
  @Column('bigint', { nullable: true })
  amountMinor: number | null;

  @Field(() => String, { nullable: true, description: 'Of ISO 4217: "EUR".' })
  @Column('text', { nullable: true })
  currency: string | null;

  @Field(() => Date, { description: 'Until when it could have been opened.' })
  @Column('timestamptz')
  filingDeadline: Date;

  @Field(() => Date, { nullable: true, description: 'The respondent answers until then, or it goes to review.' })
  @Column('timestamptz', { nullable: true })
  respondBy: Date | null;

  @Field(() => Date, { nullable: true, description: 'From then on either party may take it to review; at once after a declined offer.' })
  @Column('timestamptz', { nullable: true })
  escalatableAt: Date | null;

  @Column('timestamptz', { nullable: true })
  declinedAt: Date | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('DisputeOffer')
  openOfferId: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  offeredBy: string | null;

  @Column('timestamptz', { nullable: true })
  offerExpiresAt: Date | null;

  /** Who is to hand in evidence. */
  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  askedId: string | null;

  @Field(() => Date, { nullable: true, description: 'Until when the evidence that was asked for can be handed in.' })
  @Column('timestamptz', { nullable: true })
  evidenceDueAt: Date | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  mediatorId: string | null;

  /** Has their seat because of this dispute, and loses it with their access. */
  @Column('boolean', { default: false })
  mediatorIsGuest: boolean;

  @Field(() => Date, { nullable: true, description: "When the mediator's access ends, if the dispute is not over before." })
  @Column('timestamptz', { nullable: true })
  accessUntil: Date | null;

  @Field(() => DisputeOutcome, { nullable: true, description: 'A decision that waits for a second person to confirm it.' })
  @Column('text', { nullable: true })
  proposedOutcome: DisputeOutcome | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'What the claimant would get by it, in the smallest unit.' })
  @Column('bigint', { nullable: true })
  proposedAwardMinor: number | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  proposedBy: string | null;

  @Field(() => DisputeOutcome, { nullable: true, description: 'Null as long as nothing was decided or agreed.' })
  @Column('text', { nullable: true })
  outcome: DisputeOutcome | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'What the claimant gets, in the smallest unit. Null before an outcome, and where it is not about money.',
  })
  @Column('bigint', { nullable: true })
  awardedMinor: number | null;

  @Field(() => String, { nullable: true, description: 'The written reason of the decision.' })
  @Column('text', { nullable: true })
  decision: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  decidedBy: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  confirmedBy: string | null;

  @Field(() => Date, { nullable: true, description: 'Until when who lost may appeal, once.' })
  @Column('timestamptz', { nullable: true })
  appealUntil: Date | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  appealedBy: string | null;
}
