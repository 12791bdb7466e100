import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Something that happens by itself unless it is dropped before. A row, so that it outlives every process. */
@Entity('deadlines')
@Index('deadlines_open', { synchronize: false })
@Index('deadlines_due', { synchronize: false })
export class Deadline {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('Room', { onDelete: 'CASCADE' })
  roomId: string;

  @Column('text')
  aggregate: string;

  @Column('uuid')
  aggregateId: string;

  /** `event:complete` is a step of the subject; any other is a task that a feature handles. */
  @Column('text')
  task: string;

  @Column('timestamptz')
  dueAt: Date;

  @Column('timestamptz', { nullable: true })
  firedAt: Date | null;
}
