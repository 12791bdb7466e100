import { phrase } from '../../wording/phrases.js';
import { type Letter, type RoomLetter, spoken } from './letter.js';

/** What a service worker or an application is sent. New fields may come; none is renamed. */
export interface PushMessage {
  version: 1;
  /** MESSAGES: show it, in the place of whatever has the same tag. READ: take that off the screen. */
  type: 'MESSAGES' | 'READ';
  /** The room, as the `tag` of a notification: a room has one on the screen. */
  tag: string;
  roomId: string;
  roomCode: string;
  /** All that is unread in my rooms, for the icon: 1,000 at most of a room. */
  badge: number;
  title: string;
  body: string;
  /** How many messages it tells of. */
  count: number;
  messageId: string | null;
  sequence: number | null;
  url: string | null;
}

export function pushMessage({ locale }: Letter, room: RoomLetter, { appName, badge }: { appName: string; badge: number }): PushMessage {
  const { roomId, code, count, head, link, lines } = room;
  const last = lines.at(-1);
  const body = last && count === 1 ? spoken(last, locale) : phrase(locale, 'messages', { count });
  return {
    ...{ version: 1, type: 'MESSAGES', tag: roomId, roomId, roomCode: code, badge, title: room.title ?? appName },
    body: last && count > 1 ? `${spoken(last, locale)} · ${body}` : body,
    ...{ count, messageId: head.id, sequence: head.sequence, url: link },
  };
}

/** Without a word, and without a sound. */
export const takenOff = (roomId: string, roomCode: string, badge: number): PushMessage => ({
  ...{ version: 1, type: 'READ', tag: roomId, roomId, roomCode, badge, title: '', body: '', count: 0 },
  ...{ messageId: null, sequence: null, url: null },
});
