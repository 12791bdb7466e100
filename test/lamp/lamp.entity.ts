import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity } from 'typeorm';
import { Subject } from '../../src/transitions/machine/subject.js';

export enum LampStatus {
  OFF = 'OFF',
  ON = 'ON',
  BROKEN = 'BROKEN',
}

registerEnumType(LampStatus, { name: 'LampStatus' });

@ObjectType({ implements: () => [Subject] })
@Entity('lamps')
export class Lamp extends Subject {
  @Field(() => LampStatus)
  @Column('text')
  status: LampStatus;

  @Column('uuid')
  ownerId: string;
}
