import { type Connection, run } from '../../database/sql.js';
import type { RoomKind } from '../../rooms/room/room.entity.js';
import { COUNTS } from '../../rooms/room/unread.queries.js';
import type { Metadata } from '../../timeline/log/message.entity.js';
import type { NotificationChannel } from '../../participants/notification-preferences.inputs.js';
import type { TitleWords } from '../../wording/titles.js';
import type { ToldRow } from './told.js';

/** Of a room, the latest: more of them is a number. */
const SHOWN = 50;
/** In characters: more than is shown of one. */
const SAID = 1_000;
/** In one turn. */
const ROOMS = 50;

const WAITING = {
  name: 'waiting_notifications',
  text: `
select n.room_id, n.head_sequence, n.is_shown, r.code, r.kind, r.title, r.title_is_custom, r.title_words, r.is_sensitive, p.notification_preferences as of_room,
  coalesce((select jsonb_agg(m order by m.sequence) from (
    select m.sequence, m.id, m.kind, left(m.content, ${SAID}) as content, m.sender_id,
      sender.display_name as sender_name, case when m.sender_id is null then m.metadata end as metadata,
      m.metadata ->> 'actorId' as actor_id, m.metadata -> 'mentions' as mentions, parent.sender_id as answers, address.recipient_id as addressed_to
    from messages m left join users sender on sender.id = m.sender_id
    left join messages parent on parent.id = m.reply_to_id left join message_addresses address on address.message_id = m.id
    where ${COUNTS} and m.sequence > n.told_sequence order by m.sequence desc limit ${SHOWN}
  ) m), '[]') as messages
from notifications n join rooms r on r.id = n.room_id
left join participants p on p.room_id = n.room_id and p.user_id = n.user_id and p.status in ('ACTIVE', 'MUTED')
  and r.deleted_at is null and r.status <> 'ARCHIVED'
where n.user_id = $1 and n.channel = $2 and (n.head_sequence > n.told_sequence or n.is_over)
order by r.last_activity_at, r.id limit ${ROOMS}`,
};

/** An unread message of which somebody was not told on a channel. */
export interface WaitingMessage extends ToldRow {
  sequence: number;
  id: string;
  content: string | null;
  metadata: Metadata | null;
  sender_name: string | null;
}

/** A room of which somebody was to be told, as it is now: what they have read since, or may not see, is not there any more. */
export interface WaitingRoom {
  room_id: string;
  head_sequence: number;
  is_shown: boolean;
  code: string;
  kind: RoomKind;
  title: string;
  title_is_custom: boolean;
  title_words: TitleWords | null;
  is_sensitive: boolean;
  of_room: unknown;
  messages: WaitingMessage[];
}

export const waitingFor = (connection: Connection, userId: string, channel: NotificationChannel) =>
  run<WaitingRoom>(connection, WAITING, [userId, channel]);

const READER = {
  name: 'notified_person',
  text: `select u.email, u.display_name as name, u.is_active, u.last_seen_at, coalesce(s.preferences, '{}') as preferences
    from users u left join notification_settings s on s.user_id = u.id where u.id = $1`,
};

/** Who is told. */
export interface Reader {
  email: string | null;
  name: string;
  is_active: boolean;
  last_seen_at: Date | null;
  preferences: unknown;
}

export async function readerOf(connection: Connection, userId: string): Promise<Reader | undefined> {
  const [row] = await run<Reader>(connection, READER, [userId]);
  return row;
}
