import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { RoomKind } from '../../rooms/room/room.entity.js';
import { merged, type Preferences, readPreferences } from './notification-rule.js';
import type { NotificationSettings } from './notification-settings.js';
import type { UpdateNotificationSettingsInput } from './settings.inputs.js';
import { sayPreferences, storedPreferences } from './settings.queries.js';

const VERSION = 1;

function shown(preferences: Preferences, now: Date): NotificationSettings {
  const { roomKinds, quietHours = null, silentUntil, locale, isEmailAllowed } = preferences;
  const kinds = Object.keys(roomKinds) as RoomKind[];
  return {
    everywhere: merged(preferences.everywhere),
    roomKinds: kinds.map((roomKind) => ({ roomKind, rule: merged(preferences.everywhere, roomKinds[roomKind]) })),
    quietHours,
    silentUntil: silentUntil && silentUntil > now ? silentUntil : null,
    locale,
    isEmailAllowed,
  };
}

/** What people want to be notified of, in all their rooms. */
@Injectable()
export class NotificationSettingsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async of(userId: string): Promise<NotificationSettings> {
    return shown(readPreferences((await storedPreferences(this.dataSource, userId)) ?? {}), this.clock.now());
  }

  /** What is left out stays as it is. Idempotent. */
  async update(userId: string, input: UpdateNotificationSettingsInput): Promise<NotificationSettings> {
    const { everywhere, roomKinds, locale, isEmailAllowed, ...said } = input;
    const ofKinds = roomKinds && Object.fromEntries(roomKinds.map(({ roomKind, ...rule }) => [roomKind, rule]));
    // Null says nothing where there is nothing to lift.
    const known = { everywhere, roomKinds: ofKinds, locale, isEmailAllowed };
    return this.say(userId, { ...said, ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)) });
  }

  /** The link in an e-mail: no more of them, whatever the rules say, until the person allows it. */
  async refuseEmail(userId: string): Promise<void> {
    await this.say(userId, { isEmailAllowed: false });
  }

  private async say(userId: string, said: Record<string, unknown>): Promise<NotificationSettings> {
    const now = this.clock.now();
    return shown(readPreferences(await sayPreferences(this.dataSource, userId, { version: VERSION, ...said }, now)), now);
  }
}
