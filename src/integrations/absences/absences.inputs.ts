import { Field, ID, InputType } from '@nestjs/graphql';
import { IsOptional } from 'class-validator';
import { Instant } from '../../common/values/instant.js';
import { Prose } from '../../common/text/prose.js';
import { Text } from '../../common/text/text.js';

const MAX_NOTE = 500;

@InputType({ isAbstract: true })
class OfPractitionerInput {
  @Field(() => ID, { nullable: true, description: 'Absent: you. Somebody else is for the host to name.' })
  @IsOptional()
  practitionerId?: string | null;
}

@InputType()
export class SetAbsenceInput extends OfPractitionerInput {
  @Field(() => Date)
  @Instant()
  fromAt: Date;

  @Field(() => Date, { description: 'After `fromAt`.' })
  @Instant()
  untilAt: Date;

  @Field(() => String, { nullable: true, description: 'For patients to read, at most 500 characters.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_NOTE, trim: true })
  note?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Who answers instead: they get a seat in each room in which a patient writes meanwhile. For the host to name.',
  })
  @IsOptional()
  delegateId?: string | null;
}

@InputType()
export class EndAbsenceInput extends OfPractitionerInput {}
