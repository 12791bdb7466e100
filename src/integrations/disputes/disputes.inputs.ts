import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsIn, IsOptional } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { isId } from '../../common/values/ids.js';
import { Instant } from '../../common/values/instant.js';
import { Currency, Minor } from '../../common/values/money.js';
import { Prose } from '../../common/text/prose.js';
import { Text } from '../../common/text/text.js';
import { Authority } from '../../transitions/machine/subject.js';
import { KeyedInput, StepInput } from '../../transitions/transitions.inputs.js';
import { DesiredOutcome, DisputeContextKind, DisputeOutcome, DisputeParty, DisputeReason } from './dispute/dispute.enums.js';

const MAX_MESSAGES = 100;
const MAX_STATEMENT = 8_000;
const MAX_TERMS = 2_000;
const MAX_REF = 200;

const MESSAGE_IDS = `Of this room, at most ${MAX_MESSAGES}: they are copied as they are now, and stay so whatever becomes of the messages.`;
const STATEMENT = `In your own words, at most ${MAX_STATEMENT} characters. The other party and staff read it, the rest of the room does not.`;

@InputType()
export class OpenDisputeInput extends KeyedInput {
  @Field(() => ID)
  roomId: string;

  @Field(() => DisputeContextKind, { defaultValue: DisputeContextKind.ROOM })
  @IsEnum(DisputeContextKind)
  contextKind: DisputeContextKind;

  @Field(() => ID, { nullable: true, description: 'Of a thing in this room. Not needed where the dispute is about the room.' })
  contextId?: string | null;

  @Field(() => ID, { description: 'The person with whom you disagree; they have a seat in the room.' })
  against: string;

  @Field(() => DisputeReason)
  @IsEnum(DisputeReason)
  reason: DisputeReason;

  @Field(() => DesiredOutcome)
  @IsEnum(DesiredOutcome)
  desired: DesiredOutcome;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'What you claim, in the smallest unit; of a payment no more than is there. Absent: it is not about money.',
  })
  @IsOptional()
  @Minor()
  amountMinor?: number | null;

  @Field(() => String, { nullable: true, description: 'Of ISO 4217: "EUR"; with an amount.' })
  @IsOptional()
  @Currency()
  currency?: string | null;

  @Field(() => [ID], { defaultValue: [], description: MESSAGE_IDS })
  @ArrayMaxSize(MAX_MESSAGES)
  messageIds: string[];

  @Field(() => String, { nullable: true, description: STATEMENT })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_STATEMENT })
  statement?: string | null;
}

@InputType()
export class CreateDisputeInput extends OpenDisputeInput {
  @Field(() => ID, { description: 'For whom; they have a seat in the room.' })
  openedBy: string;

  @Field(() => Authority, { defaultValue: Authority.PARLEY })
  @IsEnum(Authority)
  authority: Authority;

  @Field(() => String, {
    nullable: true,
    description: "The host's own name for it, at most 200 characters: what has this name already is answered as it is.",
  })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  externalRef?: string | null;
}

@InputType({ isAbstract: true })
class DisputeInput extends StepInput {
  @Field(() => ID)
  disputeId: string;
}

@InputType({ isAbstract: true })
class EvidenceInput extends DisputeInput {
  @Field(() => [ID], { defaultValue: [], description: MESSAGE_IDS })
  @ArrayMaxSize(MAX_MESSAGES)
  messageIds: string[];

  @Field(() => String, { nullable: true, description: STATEMENT })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_STATEMENT })
  statement?: string | null;
}

@InputType({ isAbstract: true })
class OfferInput extends DisputeInput {
  @Field(() => ID, { description: 'The offer that you mean. CONFLICT when another has taken its place.' })
  offerId: string;
}

@InputType({ isAbstract: true })
class VerdictInput extends DisputeInput {
  @Field(() => DisputeOutcome, { description: 'CLAIMANT, RESPONDENT or SPLIT.' })
  @IsIn([DisputeOutcome.CLAIMANT, DisputeOutcome.RESPONDENT, DisputeOutcome.SPLIT])
  outcome: DisputeOutcome;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'What the claimant gets when it is SPLIT, in the smallest unit; less than what is claimed.',
  })
  @IsOptional()
  @Minor()
  awardedMinor?: number | null;
}

@InputType()
export class NotifyDisputeInput extends DisputeInput {}

@InputType()
export class RespondToDisputeInput extends EvidenceInput {}

@InputType()
export class AcceptDisputeClaimInput extends DisputeInput {}

@InputType()
export class MakeDisputeOfferInput extends DisputeInput {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: "That the claimant gets, in the smallest unit of the dispute's currency; not more than is claimed.",
  })
  @IsOptional()
  @Minor()
  amountMinor?: number | null;

  @Field(() => String, { nullable: true, description: `At most ${MAX_TERMS} characters. Everybody in the room can read them.` })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_TERMS, trim: true })
  terms?: string | null;

  @Field(() => Date, { nullable: true, description: 'Absent: after `DISPUTE_RESPONSE_HOURS`.' })
  @IsOptional()
  @Instant()
  expiresAt?: Date | null;

  @Field(() => DisputeParty, { nullable: true, description: 'Whose offer it is, where the host decides and tells of it.' })
  @IsOptional()
  @IsEnum(DisputeParty)
  onBehalfOf?: DisputeParty | null;
}

@InputType()
export class AcceptDisputeOfferInput extends OfferInput {}

@InputType()
export class DeclineDisputeOfferInput extends OfferInput {}

@InputType()
export class WithdrawDisputeOfferInput extends OfferInput {}

@InputType()
export class AddEvidenceInput extends EvidenceInput {}

@InputType()
export class EscalateDisputeInput extends DisputeInput {}

@InputType()
export class WithdrawDisputeInput extends DisputeInput {}

@InputType()
export class ExpireDisputeInput extends DisputeInput {}

@InputType()
export class AssignMediatorInput extends DisputeInput {
  @Field(() => ID, { description: 'Neither a party nor, on appeal, who has decided.' })
  userId: string;
}

@InputType()
export class AskForEvidenceInput extends DisputeInput {
  @Field(() => DisputeParty)
  @IsEnum(DisputeParty)
  from: DisputeParty;

  @Field(() => Date, { nullable: true, description: 'Absent: after `DISPUTE_RESPONSE_HOURS`.' })
  @IsOptional()
  @Instant()
  dueAt?: Date | null;
}

@InputType()
export class SubmitEvidenceInput extends EvidenceInput {}

@InputType()
export class ProceedWithDisputeInput extends DisputeInput {}

@InputType()
export class DecideDisputeInput extends VerdictInput {}

@InputType()
export class ConfirmDecisionInput extends DisputeInput {
  @Field(() => DisputeOutcome, { description: 'The outcome that is proposed, as you have seen it.' })
  @IsEnum(DisputeOutcome)
  outcome: DisputeOutcome;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The award that is proposed (`proposedAwardMinor`), as you have seen it.' })
  @IsOptional()
  awardedMinor?: number | null;
}

@InputType()
export class DismissDisputeInput extends DisputeInput {}

@InputType()
export class AppealDisputeInput extends EvidenceInput {}

@InputType()
export class UpholdDecisionInput extends DisputeInput {}

@InputType()
export class OverturnDecisionInput extends VerdictInput {}

@InputType()
export class CloseDisputeInput extends DisputeInput {}

@InputType({ description: 'Every condition that is given must hold.' })
export class DisputeFilter {
  @Field(() => Boolean, { nullable: true, description: 'True: those that are not over. False: those that are.' })
  @IsOptional()
  isLive?: boolean | null;
}

/** What a step hands in: the ids stand in the step, the text does not. @throws nothing: a malformed id is a message that is not there */
export const evidenceOfInput = ({ messageIds, statement }: { messageIds: string[]; statement?: string | null }) => ({
  payload: { messageIds: messageIds.map((id) => (isId(id) ? id.toLowerCase() : id)) },
  ...(statement && { confidential: { statement } }),
});
