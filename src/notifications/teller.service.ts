import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { metrics } from '../common/telemetry/metrics.js';
import { type Config, CONFIG } from '../config/config.js';
import { type Answer, nextAttemptAt } from '../integrations/webhooks/endpoint/retry-plan.js';
import { isOnlineAt } from '../presence/presence.queries.js';
import { unreadByKind } from '../rooms/room/unread.queries.js';
import { type Letter, type RoomLetter, roomLetter } from './channels/letter.js';
import { Mail } from './channels/mail.service.js';
import { pushMessage, takenOff } from './channels/push-message.js';
import { Push } from './channels/push.service.js';
import { concerns, type Preferences, readPreferences, readRoomPreferences, ruleFor, silentUntil } from './settings/notification-rule.js';
import { quietUntil } from './settings/quiet-hours.js';
import { toldOf } from './outbox/told.js';
import { settleTurn, type Settled, type Turn } from './outbox/turns.queries.js';
import { type Reader, readerOf, waitingFor, type WaitingRoom } from './outbox/unread-news.queries.js';

/** Nothing came back that says when to come again. */
const NO_ANSWER: Answer = { code: null, ms: 0, text: '', retryAfter: null };

/** So long one turn may take, with all that it brings to all devices: shorter than the lease, or another node would bring it, too. */
const TURN_MS = 45_000;
/** Who is there is looked at again so long after, at the soonest. */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A room whose time has come, and what is still to be told of it: null where it was read, or is not wanted any more. */
interface Waiting {
  room: WaitingRoom;
  letter: RoomLetter | null;
}

/** Tells somebody on a channel what waits for them, as everything is at that moment: read, deleted, lost or switched off is not told. */
@Injectable()
export class Teller {
  private readonly log = new Logger('Notifications');

  constructor(
    private readonly dataSource: DataSource,
    private readonly push: Push,
    private readonly mail: Mail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async take(turn: Turn, stop: AbortSignal): Promise<void> {
    const reader = await readerOf(this.dataSource, turn.user_id);
    if (!reader) return;
    const settled = await this.settle(turn, reader, stop).catch((error: unknown) => this.failed(turn, error));
    if (!settled) return;
    const now = this.clock.now();
    await this.dataSource.transaction((tx) => settleTurn(tx, turn, settled, now));
  }

  private async settle(turn: Turn, reader: Reader, stop: AbortSignal): Promise<Settled | null> {
    const preferences = readPreferences(reader.preferences);
    const later = this.putOff(turn, reader, preferences);
    return later ? { rooms: [], next: later, isDone: true, hasTold: false } : this.tell(turn, reader, preferences, stop);
  }

  /** A mistake of ours, or no database: later, and later each time. With the lease alone it would be tried every minute for ever. */
  private failed({ attempt }: Turn, error: unknown): Settled {
    this.log.warn(`Somebody could not be told: ${String(error)}`);
    const now = this.clock.now();
    const again = nextAttemptAt(attempt, NO_ANSWER, now);
    return { rooms: [], next: again ?? new Date(now.getTime() + DAY_MS), isDone: !again, hasTold: false };
  }

  /** Until when this is not the time for it. */
  private putOff({ channel, told_at: toldAt }: Turn, { last_seen_at: lastSeenAt }: Reader, { quietHours }: Preferences): Date | null {
    const now = this.clock.now();
    const quiet = quietHours ? quietUntil(quietHours, now) : null;
    if (quiet || channel === 'PUSH') return quiet;
    const again = new Date((toldAt?.getTime() ?? -Infinity) + this.config.emailEveryMs);
    if (again > now) return again;
    // Who is there sees it there.
    return isOnlineAt(lastSeenAt, now) ? new Date(now.getTime() + Math.max(this.config.emailAfterMs, MINUTE_MS)) : null;
  }

  /** Null where the node stops in the middle of it: another begins anew. */
  private async tell(turn: Turn, reader: Reader, preferences: Preferences, stop: AbortSignal): Promise<Settled | null> {
    const { user_id: userId, channel } = turn;
    const rooms = await waitingFor(this.dataSource, userId, channel);
    const waiting = rooms.map((room) => ({ room, letter: reader.is_active ? this.letterOf(turn, room, preferences) : null }));
    const letters = waiting.flatMap(({ letter }) => letter ?? []);
    metrics.notifications.inc({ channel, outcome: 'READ' }, waiting.length - letters.length);
    const letter = { userId, name: reader.name, locale: preferences.locale, rooms: letters };
    const inTime = AbortSignal.timeout(TURN_MS);
    const { arrived, retry } =
      channel === 'PUSH' ? await this.bring(letter, waiting, AbortSignal.any([stop, inTime])) : await this.write(reader, letter, inTime);
    if (stop.aborted && retry) return null;
    const now = this.clock.now();
    const sent = letters.filter(({ roomId }) => arrived.has(roomId)).length;
    const again = retry && sent < letters.length ? nextAttemptAt(turn.attempt, retry, now) : null;
    metrics.notifications.inc({ channel, outcome: 'SENT' }, sent);
    metrics.notifications.inc({ channel, outcome: again ? 'RETRIED' : retry ? 'GIVEN_UP' : 'REFUSED' }, letters.length - sent);
    const told = waiting.filter(({ letter: one }) => !one || arrived.has(one.roomId) || !again);
    return {
      rooms: told.map(({ room, letter: one }) => ({
        roomId: room.room_id,
        sequence: Math.max(room.head_sequence, one?.head.sequence ?? 0),
        isShown: channel === 'PUSH' && one !== null && (arrived.has(one.roomId) || room.is_shown),
      })),
      next: again ?? new Date(now.getTime() + (channel === 'EMAIL' ? this.config.emailAfterMs : 0)),
      isDone: !again,
      hasTold: sent > 0,
    };
  }

  private letterOf({ user_id: userId, channel }: Turn, room: WaitingRoom, preferences: Preferences): RoomLetter | null {
    const ofRoom = readRoomPreferences(room.of_room);
    const rule = ruleFor(preferences, room.kind, ofRoom);
    if (!rule.channels.includes(channel) || silentUntil(preferences, ofRoom, this.clock.now())) return null;
    const messages = room.messages.filter((message) => concerns(rule, toldOf(message), userId));
    if (messages.length === 0) return null;
    const isDiscreet = room.is_sensitive || !rule.showsContent;
    return roomLetter(room, messages, { locale: preferences.locale, isDiscreet, appUrl: this.config.appUrl });
  }

  private async bring(letter: Letter, waiting: readonly Waiting[], stop: AbortSignal) {
    const counts = await unreadByKind(this.dataSource, letter.userId);
    const badge = counts.reduce((sum, { count }) => sum + count, 0);
    const over = waiting
      .filter(({ room, letter: one }) => !one && room.is_shown)
      .map(({ room }) => takenOff(room.room_id, room.code, badge));
    const messages = letter.rooms.map((room) => pushMessage(letter, room, { appName: this.config.appName, badge }));
    return this.push.send(letter.userId, [...over, ...messages], stop);
  }

  private async write({ email }: Reader, letter: Letter, inTime: AbortSignal): Promise<{ arrived: Set<string>; retry: Answer | null }> {
    if (email === null || letter.rooms.length === 0) return { arrived: new Set(), retry: null };
    // Neither the address nor what was to be said: errors of mail servers carry both.
    const posted = await this.mail.send(email, letter, inTime, (error) => this.log.warn(`An e-mail did not go: ${codeOf(error)}`));
    const arrived = new Set(posted === 'ARRIVED' ? letter.rooms.map(({ roomId }) => roomId) : []);
    return { arrived, retry: posted === 'LATER' ? NO_ANSWER : null };
  }
}

function codeOf(error: unknown): string {
  const { code = '', responseCode = '' } = error as { code?: string; responseCode?: number };
  return `${code} ${responseCode}`.trim() || 'an error without a code';
}
