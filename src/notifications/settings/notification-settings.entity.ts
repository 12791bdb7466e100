import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Checks } from '../../database/checks.js';

/** What a person said of notifications in all their rooms; of one room it stands with their seat. */
@Entity('notification_settings')
@Checks('notification_settings_preferences_check')
export class StoredNotificationSettings {
  @PrimaryColumn('uuid')
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** `version` and what `readPreferences` reads. */
  @Column('jsonb')
  preferences: Record<string, unknown>;

  @Column('timestamptz')
  updatedAt: Date;
}
