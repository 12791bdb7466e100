import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, Unique, VirtualColumn } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';
import type { FacilityRole } from '../facility/facility.entity.js';

export enum StudyStatus {
  UPLOADING = 'UPLOADING',
  RECEIVED = 'RECEIVED',
  AVAILABLE = 'AVAILABLE',
  REPORTED = 'REPORTED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
  ENTERED_IN_ERROR = 'ENTERED_IN_ERROR',
}

registerEnumType(StudyStatus, {
  name: 'StudyStatus',
  description:
    'How far a study is. FHIR R4 ("ImagingStudyStatus") calls UPLOADING and RECEIVED `registered`, AVAILABLE and REPORTED `available`.',
});

/** Images of a patient, somewhere else: what is known here is that they are there, and who may talk about them. */
@ObjectType({ implements: () => [Subject], description: 'An imaging study of a facility. Who it is about is kept sealed.' })
@Entity('studies')
@Unique(['studyUid'])
@Unique(['externalRef'])
@Index('studies_facility', { synchronize: false })
@Index('studies_room', { synchronize: false })
@Checks('studies_status_check', 'studies_authority_check', 'studies_uid_check', 'studies_counts_check')
export class Study extends Subject {
  @Field(() => StudyStatus)
  @Column('text')
  status: StudyStatus;

  @Column('uuid')
  @ForeignKey('Facility')
  facilityId: string;

  @Field(() => ID, { description: 'The Study Instance UID of DICOM.' })
  @Column('text')
  studyUid: string;

  @Field(() => String, { nullable: true, description: 'The accession number of the order.' })
  @Column('text', { nullable: true })
  accession: string | null;

  @Field(() => String, { nullable: true, description: 'As DICOM names it: "CT", "MR".' })
  @Column('text', { nullable: true })
  modality: string | null;

  /** Whom it shows, sealed with SECRETS_KEY for this row. */
  @Column('text', { nullable: true })
  patientRefSealed: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  uploadedBy: string | null;

  @Field(() => Int)
  @Column('int', { default: 0 })
  seriesCount: number;

  @Field(() => Int)
  @Column('int', { default: 0 })
  instanceCount: number;

  /** Who is what in its facility now, read with the row: who may take which step is told and judged by it. */
  @VirtualColumn({
    type: 'jsonb',
    query: (study) =>
      `select coalesce(jsonb_object_agg(user_id, role), '{}') from facility_members where facility_id = ${study}.facility_id and until_at is null`,
  })
  roles: Readonly<Record<string, `${FacilityRole}`>>;
}
