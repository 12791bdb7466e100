import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../database/checks.js';

/** While it lasts, patients who write hear of it, once in each room. */
@ObjectType({ description: 'A time in which a practitioner does not answer, and perhaps who does instead.' })
@Entity('absences')
@Unique(['practitionerId'])
@Checks('absences_times_check', 'absences_delegate_check', 'absences_note_check')
export class Absence {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('User')
  practitionerId: string;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  delegateId: string | null;

  @Field(() => Date)
  @Column('timestamptz')
  fromAt: Date;

  @Field(() => Date)
  @Column('timestamptz')
  untilAt: Date;

  @Field(() => String, { nullable: true, description: 'What patients read beside it.' })
  @Column('text', { nullable: true })
  note: string | null;

  @Field(() => Date)
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** That a room was told. */
@Entity('absence_replies')
@Unique(['absenceId', 'roomId'])
export class AbsenceReply {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('Absence', { onDelete: 'CASCADE' })
  absenceId: string;

  @Column('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  /** The delegate has got a seat by it, and loses it with the absence. */
  @Column('boolean', { default: false })
  hasStandIn: boolean;
}
