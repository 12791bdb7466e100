import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';

/** The codes of an appointment in FHIR R4, as GraphQL spells names. @see HL7 FHIR R4, "ValueSet AppointmentStatus" */
export enum AppointmentStatus {
  PROPOSED = 'PROPOSED',
  PENDING = 'PENDING',
  BOOKED = 'BOOKED',
  ARRIVED = 'ARRIVED',
  CHECKED_IN = 'CHECKED_IN',
  FULFILLED = 'FULFILLED',
  CANCELLED = 'CANCELLED',
  NOSHOW = 'NOSHOW',
  WAITLIST = 'WAITLIST',
  ENTERED_IN_ERROR = 'ENTERED_IN_ERROR',
}

registerEnumType(AppointmentStatus, {
  name: 'AppointmentStatus',
  description: 'The codes of FHIR R4 ("AppointmentStatus"): `checked-in` is CHECKED_IN, `entered-in-error` is ENTERED_IN_ERROR.',
  valuesMap: {
    PROPOSED: { description: 'The practitioner has named a time; the patient has not accepted.' },
    PENDING: { description: 'The patient has asked for a time; the practitioner has not accepted.' },
    BOOKED: { description: 'Both agree.' },
    ARRIVED: { description: 'The patient is there.' },
    CHECKED_IN: { description: 'The formalities are done.' },
    FULFILLED: { description: 'It has taken place.' },
    CANCELLED: { description: 'Called off, or moved to another time: see `rescheduledTo`.' },
    NOSHOW: { description: 'It did not take place: one of the two did not come, mostly the patient.' },
    WAITLIST: { description: 'The patient waits for a time to become free.' },
    ENTERED_IN_ERROR: { description: 'It should never have been there.' },
  },
});

export enum AppointmentMode {
  IN_PERSON = 'IN_PERSON',
  VIDEO = 'VIDEO',
  CHAT = 'CHAT',
}

registerEnumType(AppointmentMode, { name: 'AppointmentMode', description: 'How the two meet.' });

/** A time that a practitioner and a patient have for each other. All those of one pair share one room. */
@ObjectType({
  implements: () => [Subject],
  description: 'A time that a practitioner and a patient have for each other, with the statuses of FHIR R4. The same two have one room.',
})
@Entity('appointments')
@Unique(['externalRef'])
@Unique(['rescheduledFromId'])
@Index('appointments_room', { synchronize: false })
@Index('appointments_practitioner', { synchronize: false })
@Index('appointments_patient', { synchronize: false })
@Index('appointments_contacts_of_practitioner', { synchronize: false })
@Index('appointments_contacts_of_patient', { synchronize: false })
@Checks(
  'appointments_status_check',
  'appointments_authority_check',
  'appointments_mode_check',
  'appointments_people_check',
  'appointments_times_check',
  'appointments_contact_check',
)
export class Appointment extends Subject {
  @Field(() => AppointmentStatus)
  @Column('text')
  status: AppointmentStatus;

  @Column('uuid')
  @ForeignKey('User')
  practitionerId: string;

  @Column('uuid')
  @ForeignKey('User')
  patientId: string;

  @Field(() => Date, { nullable: true, description: 'Null only on a waiting list.' })
  @Column('timestamptz', { nullable: true })
  startAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'Null only on a waiting list.' })
  @Column('timestamptz', { nullable: true })
  endAt: Date | null;

  @Field(() => AppointmentMode)
  @Column('text')
  mode: AppointmentMode;

  /** Why they meet, sealed with SECRETS_KEY for this row. It stands nowhere else: not in messages, transitions or logs. */
  @Column('text', { nullable: true })
  reasonSealed: string | null;

  @Field(() => ID, { nullable: true, description: 'The appointment that was moved to this time.' })
  @Column('uuid', { nullable: true })
  @ForeignKey('Appointment')
  rescheduledFromId: string | null;

  /** Until when it makes its two people contacts of each other; null in a status that makes none. */
  @Column('timestamptz', { nullable: true })
  contactUntil: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'Until when the patient can cancel or move it by themselves; null where that is possible as long as it is booked.',
  })
  @Column('timestamptz', { nullable: true })
  cancelUntil: Date | null;
}
