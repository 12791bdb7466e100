import { Field, ID, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional, Matches, Max, Min } from 'class-validator';
import { Text } from '../../../common/text/text.js';
import { MAX_REF, OwnedInput, StepInput } from '../../../transitions/transitions.inputs.js';
import { FacilityRole } from './facility.entity.js';

const MAX_MEMBERS = 50;

/** As the machine names them. */
export enum StudyEvent {
  receive = 'receive',
  fail = 'fail',
  release = 'release',
  report = 'report',
  cancel = 'cancel',
  enter_in_error = 'enter_in_error',
}

registerEnumType(StudyEvent, {
  name: 'StudyEvent',
  description: 'A step of a study, spelled as `allowedTransitions` does. docs/machines.md says who may take it, and when.',
});

@InputType()
export class CreateFacilityInput {
  @Field(() => String, { description: '1 to 200 characters.' })
  @Text({ min: 1, max: 200, trim: true })
  name: string;

  @Field(() => String, { nullable: true, description: "The host's own name for it; the same is the same facility." })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  externalRef?: string | null;
}

@InputType({ description: 'What is left out stays.' })
export class UpdateFacilityInput {
  @Field(() => ID)
  facilityId: string;

  @Field(() => String, { nullable: true, description: '1 to 200 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 200, trim: true })
  name?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False: no studies, members or addressed messages any more, and its main room is archived. True opens it again.',
  })
  @IsOptional()
  isActive?: boolean | null;
}

@InputType({ isAbstract: true })
class MemberInput {
  @Field(() => ID)
  facilityId: string;

  @Field(() => ID)
  userId: string;
}

@InputType()
export class AddFacilityMemberInput extends MemberInput {
  @Field(() => FacilityRole, { defaultValue: FacilityRole.MEMBER })
  @IsEnum(FacilityRole)
  role: FacilityRole;
}

@InputType()
export class RemoveFacilityMemberInput extends MemberInput {}

@InputType()
export class RegisterStudyInput extends OwnedInput {
  @Field(() => ID)
  facilityId: string;

  @Field(() => String, {
    description: 'The Study Instance UID of DICOM: digits and points, at most 64 characters. The same is the same study.',
  })
  @Matches(/^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/, { message: 'studyUid must be a UID of DICOM' })
  studyUid: string;

  @Field(() => String, { nullable: true, description: 'The accession number, at most 64 characters.' })
  @IsOptional()
  @Text({ min: 1, max: 64 })
  accession?: string | null;

  @Field(() => String, { nullable: true, description: 'As DICOM names it: "CT", "MR"; capitals, digits, "_".' })
  @IsOptional()
  @Matches(/^[A-Z0-9_]{1,16}$/, { message: 'modality must be a code of DICOM' })
  modality?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Whom it shows, in your own terms, at most 200 characters. Encrypted at rest; only those who may see the study read it.',
  })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  patientRef?: string | null;

  @Field(() => Int, { defaultValue: 0 })
  @Min(0)
  @Max(1_000_000)
  seriesCount: number;

  @Field(() => Int, { defaultValue: 0 })
  @Min(0)
  @Max(10_000_000)
  instanceCount: number;

  @Field(() => Boolean, { defaultValue: false, description: 'All of it is there already: it begins as RECEIVED.' })
  isReceived: boolean;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Given: the study gets a room of its own, for these members of the facility only. Absent: it is talked about in the main room.',
  })
  @IsOptional()
  @ArrayMaxSize(MAX_MEMBERS)
  memberIds?: string[] | null;
}

@InputType()
export class UpdateStudyStatusInput extends StepInput {
  @Field(() => ID)
  studyId: string;

  @Field(() => StudyEvent)
  @IsEnum(StudyEvent)
  event: StudyEvent;
}

@InputType({ description: 'To a person or to a facility: exactly one of the two.' })
export class SendMessageToInput {
  @Field(() => ID, { nullable: true, description: 'Somebody of one of your facilities.' })
  @IsOptional()
  recipientId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A facility of yours.' })
  @IsOptional()
  facilityId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'What it is about; one that you may see. To a facility it then goes into the room of the study.',
  })
  @IsOptional()
  studyId?: string | null;

  @Field(() => String, { description: '1 to 8,000 characters; white space at both ends is cut off.' })
  @Text({ min: 1, max: 8_000, trim: true })
  content: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Your key for this message, as in `sendMessage`. With another address it is another message: IDEMPOTENCY_CONFLICT.',
  })
  @IsOptional()
  @Text({ min: 1, max: 64 })
  clientId?: string | null;
}
