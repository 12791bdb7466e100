import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';
import { Funds } from '../payment/funds.js';

/** @see https://docs.stripe.com/api/disputes/object#dispute_object-status */
export enum ChargebackStatus {
  WARNING_NEEDS_RESPONSE = 'WARNING_NEEDS_RESPONSE',
  WARNING_UNDER_REVIEW = 'WARNING_UNDER_REVIEW',
  WARNING_CLOSED = 'WARNING_CLOSED',
  NEEDS_RESPONSE = 'NEEDS_RESPONSE',
  UNDER_REVIEW = 'UNDER_REVIEW',
  PREVENTED = 'PREVENTED',
  LOST = 'LOST',
  WON = 'WON',
}

registerEnumType(ChargebackStatus, {
  name: 'ChargebackStatus',
  description: 'What the bank has said last.',
  valuesMap: {
    WARNING_NEEDS_RESPONSE: { description: 'The bank asks, and has not taken the money.' },
    NEEDS_RESPONSE: { description: 'The bank has taken the money back; evidence can be given until `dueBy`.' },
    PREVENTED: { description: 'Settled before the bank acted.' },
    LOST: { description: 'The money stays with the payer.' },
    WON: { description: 'The money is the payee’s again.' },
  },
});

@ObjectType({
  implements: () => [Subject],
  description: "A payer's bank that takes money back. It only mirrors what the provider says: nobody moves it here.",
})
@Entity('chargebacks')
@Unique(['externalRef'])
@Unique(['provider', 'providerRef'])
@Index('chargebacks_payment', { synchronize: false })
@Checks('chargebacks_status_check', 'chargebacks_authority_check', 'chargebacks_amount_check')
export class Chargeback extends Funds {
  @Field(() => ChargebackStatus)
  @Column('text')
  status: ChargebackStatus;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('Payment')
  paymentId: string;

  @Column('text')
  provider: string;

  @Column('text')
  providerRef: string;

  @Field(() => String, { nullable: true, description: 'In the words of the bank ("fraudulent", "product_not_received").' })
  @Column('text', { nullable: true })
  bankReason: string | null;

  @Field(() => Date, { nullable: true, description: 'Until when evidence can be given; null while the bank has not said.' })
  @Column('timestamptz', { nullable: true })
  dueBy: Date | null;

  /** When the provider said what is known of amount, reason and deadline. Null where only the host tells. */
  @Column('timestamptz', { nullable: true })
  toldAt: Date | null;
}
