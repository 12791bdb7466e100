import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';

export enum FacilityRole {
  RADIOLOGIST = 'RADIOLOGIST',
  TECHNICIAN = 'TECHNICIAN',
  CLINICIAN = 'CLINICIAN',
  FACILITY_ADMIN = 'FACILITY_ADMIN',
  MEMBER = 'MEMBER',
}

registerEnumType(FacilityRole, {
  name: 'FacilityRole',
  description: 'What somebody is in a facility. In its rooms all of them are FACILITY_STAFF.',
  valuesMap: {
    RADIOLOGIST: { description: 'Reports studies.' },
    TECHNICIAN: { description: 'Uploads studies, and moves them until they are available.' },
    FACILITY_ADMIN: { description: 'Says who belongs to the facility.' },
  },
});

/** A hospital, a practice, a reading centre. It has one main room, in which its people have their seats. */
@ObjectType({ description: 'A hospital, a practice, a reading centre: its people share a room.' })
@Entity('facilities')
@Unique(['roomId'])
@Unique(['externalRef'])
@Checks('facilities_name_check')
export class Facility {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('Room')
  roomId: string;

  @Field(() => String)
  @Column('text')
  name: string;

  @Field(() => Boolean, { description: 'One that is not active can no longer be addressed.' })
  @Column('boolean', { default: true })
  isActive: boolean;

  @Field(() => String, { nullable: true, description: "The host's own name for it." })
  @Column('text', { nullable: true })
  externalRef: string | null;

  @Field(() => Date)
  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}

/** That somebody belongs to a facility, from one moment to another. Whoever comes back has another row. */
@ObjectType({ description: 'Somebody who belongs to a facility.' })
@Entity('facility_members')
@Index('facility_members_now', { synchronize: false })
@Index('facility_members_user', { synchronize: false })
@Checks('facility_members_role_check', 'facility_members_interval_check')
export class FacilityMember {
  @PrimaryColumn('uuid')
  @ForeignKey('Facility', { onDelete: 'CASCADE' })
  facilityId: string;

  @PrimaryColumn('uuid')
  @ForeignKey('User')
  userId: string;

  @Field(() => FacilityRole)
  @Column('text')
  role: FacilityRole;

  @Field(() => Date, { description: 'Since when.' })
  @PrimaryColumn('timestamptz')
  fromAt: Date;

  /** Null: they still do. */
  @Column('timestamptz', { nullable: true })
  untilAt: Date | null;
}
