import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Checks } from '../../../database/checks.js';
import { RoomKind } from '../../../rooms/room/room.entity.js';

export enum WebhookMode {
  AFTER = 'AFTER',
  BEFORE = 'BEFORE',
}

export enum WebhookStatus {
  ACTIVE = 'ACTIVE',
  PAUSED = 'PAUSED',
  DISABLED = 'DISABLED',
}

export enum WebhookOrdering {
  PER_ROOM = 'PER_ROOM',
  NONE = 'NONE',
}

export enum WebhookAbsence {
  ALLOW = 'ALLOW',
  HOLD = 'HOLD',
  REJECT = 'REJECT',
}

registerEnumType(WebhookMode, {
  name: 'WebhookMode',
  description: 'When an endpoint is called.',
  valuesMap: {
    AFTER: { description: 'Told what has happened, at least once, as long as it takes.' },
    BEFORE: {
      description:
        'Asked for a verdict before a message is written: allow, rewrite, reject or hold. One attempt, of 1.5 s where BEFORE_SEND_MS says nothing else.',
    },
  },
});
registerEnumType(WebhookStatus, {
  name: 'WebhookStatus',
  description: 'Whether an endpoint is called. What it is not told while it waits it is told when it is resumed.',
  valuesMap: {
    PAUSED: { description: 'By an administrator, or because it has failed for hours: `statusReason` says which.' },
    DISABLED: { description: 'It answered 410 and does not want to be called.' },
  },
});
registerEnumType(WebhookOrdering, {
  name: 'WebhookOrdering',
  description: 'What an event waits for.',
  valuesMap: {
    PER_ROOM: { description: 'The event before it in its room, for 6 hours at most.' },
    NONE: { description: 'Nothing: what fails is tried again while later events go on.' },
  },
});
registerEnumType(WebhookAbsence, {
  name: 'WebhookAbsence',
  description: 'What becomes of a message when an endpoint that should be asked gives no verdict in time.',
  valuesMap: {
    ALLOW: { description: 'It is sent.' },
    HOLD: { description: 'It is held until somebody has looked.' },
    REJECT: { description: 'It is refused with UNAVAILABLE.' },
  },
});

/** A signing secret as it lies in the table. */
export interface SealedSecret {
  sealed: string;
  /** Null for the newest; the others sign along until then. */
  notAfter: string | null;
}

@ObjectType({ description: 'Where a system of the host is told of events, or asked before messages are written.' })
@Entity('webhook_endpoints')
@Checks(
  'webhook_endpoints_url_check',
  'webhook_endpoints_description_check',
  'webhook_endpoints_mode_check',
  'webhook_endpoints_status_check',
  'webhook_endpoints_ordering_check',
  'webhook_endpoints_on_timeout_check',
  'webhook_endpoints_before_check',
  'webhook_endpoints_secrets_check',
  'webhook_endpoints_failures_check',
)
export class WebhookEndpoint {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => String)
  @Column('text')
  url: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  description: string | null;

  @Field(() => WebhookMode)
  @Column('text')
  mode: WebhookMode;

  @Field(() => WebhookStatus)
  @Column('text', { default: WebhookStatus.ACTIVE })
  status: WebhookStatus;

  @Field(() => String, { nullable: true, description: 'Why it is not ACTIVE.' })
  @Column('text', { nullable: true })
  statusReason: string | null;

  @Field(() => [String], {
    description:
      'Types of events such as "message.created"; "order.*" for all of an order, "*" for all but "message.read", which has to be named.',
  })
  @Column('text', { array: true })
  events: string[];

  @Field(() => [RoomKind], { nullable: true, description: 'Only rooms of these kinds. Null: of all.' })
  @Column('text', { array: true, nullable: true })
  roomKinds: RoomKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'Only these rooms. Null: all.' })
  @Column('uuid', { array: true, nullable: true })
  roomIds: string[] | null;

  @Field(() => WebhookOrdering)
  @Column('text', { default: WebhookOrdering.PER_ROOM })
  ordering: WebhookOrdering;

  @Field(() => String, { description: 'The shape of the events: that of the day on which the endpoint was made.' })
  @Column('text')
  apiVersion: string;

  @Field(() => WebhookAbsence, { nullable: true, description: 'Of a BEFORE endpoint that gives no verdict in time.' })
  @Column('text', { nullable: true })
  onTimeout: WebhookAbsence | null;

  @Column('jsonb')
  secrets: SealedSecret[];

  @Field(() => Int, { description: 'Attempts that failed since the last one that did not.' })
  @Column('int', { default: 0 })
  failures: number;

  @Field(() => Date, { nullable: true })
  @Column('timestamptz', { nullable: true })
  failingSince: Date | null;

  /** By the clock of the database, from when on it is told of reading, where it asks for that. */
  @Column('timestamptz', { default: () => 'now()' })
  readsSince: Date;

  @Column('uuid', { nullable: true })
  @ForeignKey('User')
  createdBy: string | null;

  @Field(() => Date)
  @Column('timestamptz')
  createdAt: Date;
}
