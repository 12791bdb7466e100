import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';
import { Funds } from '../payment/funds.js';

export enum RefundStatus {
  REQUESTED = 'REQUESTED',
  APPROVED = 'APPROVED',
  PENDING = 'PENDING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELED = 'CANCELED',
}

registerEnumType(RefundStatus, {
  name: 'RefundStatus',
  description: 'How far a refund has come.',
  valuesMap: {
    REQUESTED: { description: 'The payer asks for it.' },
    APPROVED: { description: 'It will be paid back; the amount is set aside.' },
    PENDING: { description: 'The provider is at it.' },
    CANCELED: { description: 'Declined, or called off by the provider.' },
  },
});

@ObjectType({ implements: () => [Subject], description: 'Money of a payment that goes back to the payer, all of it or a part.' })
@Entity('refunds')
@Unique(['externalRef'])
@Unique(['provider', 'providerRef'])
@Index('refunds_payment', { synchronize: false })
@Checks('refunds_status_check', 'refunds_authority_check', 'refunds_amount_check')
export class Refund extends Funds {
  @Field(() => RefundStatus)
  @Column('text')
  status: RefundStatus;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('Payment')
  paymentId: string;

  @Column('text')
  provider: string;

  @Column('text', { nullable: true })
  providerRef: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, in the words of the provider.' })
  @Column('text', { nullable: true })
  failureCode: string | null;
}
