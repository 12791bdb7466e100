import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Checks } from '../../../database/checks.js';

export enum IntegrationKind {
  HOST = 'HOST',
  ORDERS = 'ORDERS',
  DELIVERIES = 'DELIVERIES',
  PAYMENTS = 'PAYMENTS',
  JOBS = 'JOBS',
  APPOINTMENTS = 'APPOINTMENTS',
  STUDIES = 'STUDIES',
}

export enum SignatureScheme {
  STANDARD = 'STANDARD',
  STRIPE = 'STRIPE',
}

registerEnumType(IntegrationKind, {
  name: 'IntegrationKind',
  description: 'What a system is to us. It decides what it may send where nothing else is said.',
  valuesMap: { HOST: { description: 'The application itself, which may send anything.' } },
});
registerEnumType(SignatureScheme, {
  name: 'SignatureScheme',
  description: 'How a system signs what it sends.',
  valuesMap: {
    STANDARD: { description: 'Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature.' },
    STRIPE: { description: 'A header stripe-signature "t=…,v1=…"; the body carries `id`.' },
  },
});

/** A secret as it lies in the table. */
export interface InboundSecret {
  id: string;
  sealed: string;
  notBefore: string;
  /** Null for the newest. */
  notAfter: string | null;
}

@ObjectType({ description: 'A system of the host that sends us events, signed, to /webhooks/in/<id>.' })
@Entity('integrations')
@Checks(
  'integrations_kind_check',
  'integrations_name_check',
  'integrations_scheme_check',
  'integrations_secrets_check',
  'integrations_scopes_check',
  'integrations_tolerance_check',
  'integrations_addresses_check',
)
export class Integration {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => IntegrationKind)
  @Column('text')
  kind: IntegrationKind;

  @Field(() => String)
  @Column('text')
  name: string;

  @Field(() => SignatureScheme)
  @Column('text')
  scheme: SignatureScheme;

  @Column('jsonb')
  secrets: InboundSecret[];

  @Field(() => [String], { description: 'What it may send: "order.accept", "order.*" for all of an order, "*" for anything.' })
  @Column('text', { array: true })
  scopes: string[];

  @Field(() => Int, { description: 'By how many seconds the time in a signature may differ from ours.' })
  @Column('int', { default: 300 })
  clockTolerance: number;

  @Field(() => [String], { nullable: true, description: 'From where it may send, as CIDR ranges. Null: from anywhere.' })
  @Column('text', { array: true, nullable: true })
  allowedAddresses: string[] | null;

  @Field(() => Boolean, { description: 'If not, what it sends is refused as if nobody knew it.' })
  @Column('boolean', { default: true })
  isActive: boolean;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  createdBy: string | null;

  @Field(() => Date)
  @Column('timestamptz')
  createdAt: Date;
}
