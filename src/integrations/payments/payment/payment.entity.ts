import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, Entity, Index, Unique } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { Subject } from '../../../transitions/machine/subject.js';
import { Funds } from './funds.js';

export enum PaymentStatus {
  REQUESTED = 'REQUESTED',
  INITIATED = 'INITIATED',
  REQUIRES_ACTION = 'REQUIRES_ACTION',
  PROCESSING = 'PROCESSING',
  AUTHORIZED = 'AUTHORIZED',
  CAPTURED = 'CAPTURED',
  PARTIALLY_REFUNDED = 'PARTIALLY_REFUNDED',
  REFUNDED = 'REFUNDED',
  FAILED = 'FAILED',
  CANCELED = 'CANCELED',
}

registerEnumType(PaymentStatus, {
  name: 'PaymentStatus',
  description: 'How far a payment has come.',
  valuesMap: {
    REQUESTED: { description: 'The payee asks for it; nothing happens until the payer accepts.' },
    INITIATED: { description: 'The provider knows of it and waits for the payer (`clientSecret`).' },
    REQUIRES_ACTION: { description: 'The bank wants something of the payer: a confirmation such as 3-D Secure.' },
    PROCESSING: { description: 'The provider is at it.' },
    AUTHORIZED: { description: 'Promised by the bank, and not taken yet.' },
    CAPTURED: { description: 'Taken from the payer.' },
    FAILED: { description: '`failureCode` says why. The payer may retry.' },
  },
});

export enum CaptureMode {
  AUTOMATIC = 'AUTOMATIC',
  MANUAL = 'MANUAL',
}

registerEnumType(CaptureMode, {
  name: 'CaptureMode',
  description: 'When the money is taken.',
  valuesMap: {
    AUTOMATIC: { description: 'Taken as soon as the bank agrees.' },
    MANUAL: { description: 'Only promised (AUTHORIZED) until it is captured; the promise ends after some days.' },
  },
});

/** What a payment can be for. The values are the names of their machines. */
export enum PaymentContext {
  ORDER = 'order',
  JOB = 'job',
  APPOINTMENT = 'appointment',
}

registerEnumType(PaymentContext, { name: 'PaymentContext', description: 'What a payment is for.' });

@ObjectType({ implements: () => [Subject], description: 'Money from one person of a room to another. Card data never comes here.' })
@Entity('payments')
@Unique(['externalRef'])
@Unique(['provider', 'providerRef'])
@Index('payments_room', { synchronize: false })
@Index('payments_context', { synchronize: false })
@Checks(
  'payments_status_check',
  'payments_authority_check',
  'payments_parties_check',
  'payments_amount_check',
  'payments_currency_check',
  'payments_captured_check',
  'payments_refunded_check',
  'payments_capture_mode_check',
  'payments_holds_check',
  'payments_context_check',
  'payments_provider_check',
)
export class Payment extends Funds {
  @Field(() => PaymentStatus)
  @Column('text')
  status: PaymentStatus;

  @Field(() => GraphQLSafeInt, { description: 'What was taken from the payer, in the smallest unit.' })
  @Column('bigint', { default: 0 })
  capturedMinor: number;

  /** Promised back by refunds that are under way. */
  @Column('bigint', { default: 0 })
  reservedMinor: number;

  @Field(() => GraphQLSafeInt, { description: 'What has gone back to the payer, in the smallest unit.' })
  @Column('bigint', { default: 0 })
  refundedMinor: number;

  @Field(() => String, { nullable: true, description: 'How it is paid, as the provider calls it; null: the payer chooses there.' })
  @Column('text', { nullable: true })
  method: string | null;

  @Field(() => CaptureMode)
  @Column('text')
  captureMode: CaptureMode;

  @Field(() => Boolean, { description: 'What is captured is held until it is released to the payee: see `escrow`.' })
  @Column('boolean', { default: false })
  isEscrow: boolean;

  /** How many disputes and chargebacks stand in the way of its capture and release. */
  @Column('int', { default: 0 })
  holds: number;

  @Field(() => PaymentContext, { nullable: true })
  @Column('text', { nullable: true })
  contextKind: PaymentContext | null;

  @Field(() => ID, { nullable: true })
  @Column('uuid', { nullable: true })
  contextId: string | null;

  @Field(() => Int, { description: 'Counts the tries, from 1.' })
  @Column('int', { default: 1 })
  attempt: number;

  @Field(() => String, { description: 'Who moves the money: "stripe", "sandbox", or "host" where the host does it itself.' })
  @Column('text')
  provider: string;

  @Column('text', { nullable: true })
  providerRef: string | null;

  /** Of the provider's furthest word in this attempt; what does not go beyond it is late. */
  @Column('int', { default: 0 })
  providerRank: number;

  /** When the provider said that the last attempt failed; what it said before is late. */
  @Column('timestamptz', { nullable: true })
  providerSince: Date | null;

  /** With it the payer's browser pays at the provider. Never in events, messages, payloads or logs. */
  @Column('text', { nullable: true })
  clientSecret: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, in the words of the provider ("card_declined").' })
  @Column('text', { nullable: true })
  failureCode: string | null;
}
