import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { type Config, CONFIG } from '../../config/config.js';
import type { RoomKind } from '../../rooms/room/room.entity.js';
import { MessageKind } from '../../timeline/log/message.entity.js';
import type { NotificationChannel } from '../../participants/notification-preferences.inputs.js';
import { concerns, readPreferences, readRoomPreferences, ruleFor, silentUntil } from '../settings/notification-rule.js';
import { quietUntil } from '../settings/quiet-hours.js';
import { lockPositions, movePositions, type NewsRow, newsOf, plan, type Planned, type SeatRow, seatsIn } from './plan.queries.js';
import { toldOf } from './told.js';

/** What is older is no news: nobody is told of last week because notifications were switched on today. */
const NEWS_MS = 24 * 3_600_000;

interface RoomNews {
  kind: RoomKind;
  head: number;
  messages: NewsRow[];
}

function byRoom(rows: readonly NewsRow[], since: Date): Map<string, RoomNews> {
  const rooms = new Map<string, RoomNews>();
  for (const row of rows) {
    const room = rooms.get(row.room_id) ?? { kind: row.room_kind, head: row.head, messages: [] };
    rooms.set(row.room_id, room);
    if (row.sequence !== null && row.kind !== MessageKind.SYSTEM && row.deleted_at === null && row.created_at > since)
      room.messages.push(row);
  }
  return rooms;
}

/** Decides who is to be told of what was said in rooms, and from when on. What is read until then is not told. */
@Injectable()
export class Planner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Looks at what came into these rooms since the last look. Returns those that another node is looking at for the first time. */
  async look(roomIds: readonly string[]): Promise<string[]> {
    return this.dataSource.transaction(async (tx) => {
      const positions = await lockPositions(tx, roomIds);
      const now = this.clock.now();
      const rooms = byRoom(await newsOf(tx, positions), new Date(now.getTime() - NEWS_MS));
      const talked = [...rooms].filter(([, { messages }]) => messages.length > 0).map(([roomId]) => roomId);
      const seats = talked.length > 0 ? await seatsIn(tx, talked) : [];
      await plan(
        tx,
        seats.flatMap((seat) => this.planFor(seat, rooms.get(seat.room_id)!, now)),
      );
      await movePositions(tx, new Map([...rooms].map(([roomId, { head }]) => [roomId, head])));
      return roomIds.filter((roomId) => !positions.has(roomId));
    });
  }

  private planFor(seat: SeatRow, { kind, messages }: RoomNews, now: Date): Planned[] {
    const channels = this.channelsOf(seat);
    if (channels.length === 0) return [];
    const preferences = readPreferences(seat.preferences);
    const ofRoom = readRoomPreferences(seat.of_room);
    const rule = ruleFor(preferences, kind, ofRoom);
    if (silentUntil(preferences, ofRoom, now)) return [];
    const wanted = messages.filter((row) => row.sequence! > seat.read_up_to && concerns(rule, toldOf(row), seat.user_id));
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (!first || !last) return [];
    return channels
      .filter((channel) => rule.channels.includes(channel))
      .map((channel) => {
        const after = new Date(now.getTime() + this.delayOf(channel));
        const dueAt = (preferences.quietHours && quietUntil(preferences.quietHours, after)) ?? after;
        return {
          userId: seat.user_id,
          roomId: seat.room_id,
          channel,
          toldSequence: first.sequence! - 1,
          headSequence: last.sequence!,
          dueAt,
        };
      });
  }

  private channelsOf({ has_device: hasDevice, has_email: hasEmail }: SeatRow): NotificationChannel[] {
    const { webPush, fcm, email } = this.config;
    const channels: NotificationChannel[] = [];
    if (hasDevice && (webPush || fcm)) channels.push('PUSH');
    if (hasEmail && email) channels.push('EMAIL');
    return channels;
  }

  private delayOf(channel: NotificationChannel): number {
    return channel === 'PUSH' ? this.config.pushAfterMs : this.config.emailAfterMs;
  }
}
