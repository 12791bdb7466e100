import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';
import { Checks } from '../database/checks.js';
import { PlatformRole } from '../policy/roles.js';

/** A person, or a host system, that can be in rooms. Whoever speaks in a room is a row here. */
@ObjectType({ description: 'A person, or a system of the host.' })
@Entity('users')
@Unique('users_external_id_key', ['externalId'])
@Index('users_local_account', { synchronize: false })
@Index('users_presence_changed', { synchronize: false })
@Index('users_last_seen', { synchronize: false })
@Checks('users_external_id_check', 'users_display_name_check', 'users_email_check', 'users_password_check', 'users_role_check')
export class User {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => ID, { description: "The host's own id of the person: `sub` in tokens." })
  @Column('text')
  externalId: string;

  @Field(() => String, { description: '1 to 200 characters.' })
  @Column('text')
  displayName: string;

  /** Not everybody's to see: the resolver decides. */
  @Column('text', { nullable: true })
  email: string | null;

  @Field(() => PlatformRole)
  @Column('text', { default: PlatformRole.USER })
  role: PlatformRole;

  /** argon2id; only of a local account, and loaded by nothing but the sign-in. */
  @Column('text', { nullable: true, select: false })
  passwordHash?: string | null;

  @Field(() => Boolean, { description: 'A deactivated person cannot sign in; what they wrote stays.' })
  @Column('boolean', { default: true })
  isActive: boolean;

  /** Written in batches. `presence` decides what of it is shown. */
  @Column('timestamptz', { nullable: true })
  lastSeenAt: Date | null;

  @Field(() => Boolean, { description: 'They hide whether they are online, and when they were.' })
  @Column('boolean', { default: false })
  isPresenceHidden: boolean;

  @Field(() => Boolean, { description: 'They hide how far they have read: nobody sees it in positions, ticks and `readBy`.' })
  @Column('boolean', { default: false })
  isReadingHidden: boolean;

  /** When they came online or changed what they show. */
  @Column('timestamptz', { nullable: true, select: false })
  presenceChangedAt?: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
