import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What stands in the way of a payment's capture and release: a dispute, a chargeback. */
@Entity('payment_holds')
@Index('payment_holds_holder', { synchronize: false })
export class PaymentHold {
  @PrimaryColumn('uuid')
  @ForeignKey('Payment')
  paymentId: string;

  @PrimaryColumn('text')
  aggregate: string;

  @PrimaryColumn('uuid')
  aggregateId: string;
}
