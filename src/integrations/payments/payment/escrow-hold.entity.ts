import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, ForeignKey, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';
import { Funds } from './funds.js';

export enum EscrowStatus {
  HELD = 'HELD',
  RELEASED = 'RELEASED',
  REFUNDED = 'REFUNDED',
  SPLIT = 'SPLIT',
}

registerEnumType(EscrowStatus, {
  name: 'EscrowStatus',
  description: 'Whose the held money is.',
  valuesMap: {
    HELD: { description: 'Neither the payer has it any more nor the payee yet.' },
    RELEASED: { description: 'The payee may be paid out.' },
    REFUNDED: { description: 'All of it goes back to the payer.' },
    SPLIT: { description: 'A part goes back to the payer, and the rest is released.' },
  },
});

@ObjectType({ implements: () => [Subject], description: 'Captured money that is kept until it is clear whose it is.' })
@Entity('escrow_holds')
@Unique(['externalRef'])
@Unique(['paymentId'])
@Checks('escrow_holds_status_check', 'escrow_holds_authority_check', 'escrow_holds_amount_check', 'escrow_holds_holds_check')
export class EscrowHold extends Funds {
  @Field(() => EscrowStatus)
  @Column('text')
  status: EscrowStatus;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('Payment')
  paymentId: string;

  @Field(() => GraphQLSafeInt, { description: 'What of it goes back to the payer, in the smallest unit.' })
  @Column('bigint', { default: 0 })
  refundedMinor: number;

  @Field(() => GraphQLSafeInt, { description: 'What the payee may have, in the smallest unit; 0 before it is released.' })
  @Column('bigint', { default: 0 })
  releasedMinor: number;

  /** Those of its payment. */
  @Column('int', { default: 0 })
  holds: number;
}
