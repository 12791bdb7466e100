import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Checks } from '../../database/checks.js';

export enum DeviceKind {
  WEB = 'WEB',
  FCM = 'FCM',
}

registerEnumType(DeviceKind, {
  name: 'DeviceKind',
  description: 'How a device is reached.',
  valuesMap: {
    WEB: { description: 'A browser, by Web Push (RFC 8030).' },
    FCM: { description: 'An application on Android or iOS, by Firebase Cloud Messaging.' },
  },
});

/** Where pushed notifications of a person go. An address belongs to whoever registered it last: devices change hands. */
@ObjectType({ description: 'A browser or an application of mine that is notified.' })
@Entity('devices')
@Unique('devices_address_key', ['address'])
@Index('devices_user', { synchronize: false })
@Checks('devices_kind_check', 'devices_address_check', 'devices_label_check', 'devices_keys_check')
export class Device {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  @Field(() => DeviceKind)
  @Column('text')
  kind: DeviceKind;

  /** The endpoint of a browser's subscription, or the token of an application. Whoever knows it can push to it, so it is not shown. */
  @Column('text')
  address: string;

  /** Of a browser: what its notifications are encrypted with. @see RFC 8291 */
  @Column('text', { nullable: true })
  p256dh: string | null;

  @Column('text', { nullable: true })
  auth: string | null;

  @Field(() => String, { nullable: true, description: 'For people: "Firefox on the counter".' })
  @Column('text', { nullable: true })
  label: string | null;

  @Field(() => Date, { description: 'When it was registered last.' })
  @Column('timestamptz')
  registeredAt: Date;
}
