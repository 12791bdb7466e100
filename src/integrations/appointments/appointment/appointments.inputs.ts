import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional } from 'class-validator';
import { Instant } from '../../../common/values/instant.js';
import { Prose } from '../../../common/text/prose.js';
import { Text } from '../../../common/text/text.js';
import { MAX_REF, OwnedInput, StepInput } from '../../../transitions/transitions.inputs.js';
import { AppointmentMode, AppointmentStatus } from './appointment.entity.js';

const MAX_REASON_FOR_VISIT = 2_000;

@InputType({ isAbstract: true })
class BeginAppointmentInput extends OwnedInput {
  @Field(() => ID, { description: 'Absent: you. Only the host (a SERVICE token) makes appointments for others.', nullable: true })
  @IsOptional()
  practitionerId?: string | null;

  @Field(() => ID, { description: 'Absent: you.', nullable: true })
  @IsOptional()
  patientId?: string | null;

  @Field(() => AppointmentMode, { defaultValue: AppointmentMode.IN_PERSON })
  @IsEnum(AppointmentMode)
  mode: AppointmentMode;

  @Field(() => String, {
    nullable: true,
    description: 'Why they meet, at most 2,000 characters. Only the two of them read it, as `Appointment.reason`; it is encrypted at rest.',
  })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_REASON_FOR_VISIT, trim: true })
  reasonForVisit?: string | null;
}

@InputType({ isAbstract: true })
class TimedAppointmentInput extends BeginAppointmentInput {
  @Field(() => Date)
  @Instant()
  startAt: Date;

  @Field(() => Date, { description: 'After `startAt`.' })
  @Instant()
  endAt: Date;
}

@InputType()
export class BookAppointmentInput extends TimedAppointmentInput {}

@InputType()
export class ProposeAppointmentInput extends TimedAppointmentInput {}

@InputType()
export class RequestAppointmentInput extends TimedAppointmentInput {}

@InputType()
export class WaitForAppointmentInput extends BeginAppointmentInput {}

@InputType({ isAbstract: true })
class AppointmentInput extends StepInput {
  @Field(() => ID)
  appointmentId: string;
}

@InputType({ isAbstract: true })
class NewTimeInput extends AppointmentInput {
  @Field(() => Date)
  @Instant()
  startAt: Date;

  @Field(() => Date, { description: 'After `startAt`.' })
  @Instant()
  endAt: Date;
}

@InputType()
export class OfferAppointmentInput extends NewTimeInput {}

@InputType()
export class RescheduleAppointmentInput extends NewTimeInput {
  @Field(() => String, {
    nullable: true,
    description: "The host's own name for the new appointment, at most 200 characters. For the host (a SERVICE token) only.",
  })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  externalRef?: string | null;
}

@InputType()
export class AcceptAppointmentInput extends AppointmentInput {}

@InputType()
export class CancelAppointmentInput extends AppointmentInput {}

@InputType()
export class ArriveAtAppointmentInput extends AppointmentInput {}

@InputType()
export class CheckInAppointmentInput extends AppointmentInput {}

@InputType()
export class FulfillAppointmentInput extends AppointmentInput {}

@InputType()
export class MissAppointmentInput extends AppointmentInput {}

@InputType()
export class EnterAppointmentInErrorInput extends AppointmentInput {}

@InputType({ description: 'Every condition that is given must hold.' })
export class AppointmentFilter {
  @Field(() => [AppointmentStatus], { nullable: true, description: 'Absent: all.' })
  @IsOptional()
  @IsEnum(AppointmentStatus, { each: true })
  @ArrayMaxSize(20)
  status?: AppointmentStatus[] | null;
}
