import { phrase } from '../../wording/phrases.js';
import { type Letter, type RoomLetter, spoken } from './letter.js';

/**
 * In bytes of JSON. Firebase takes 4,096 of all, and these words are in it twice; push services take not much more, encrypted.
 */
const MAX_TITLE = 300;
const MAX_WORDS = 900;

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

const sizeOf = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

function shortened(text: string, max: number): string {
  if (sizeOf(text) <= max) return text;
  let left = max - sizeOf('…');
  let kept = '';
  for (const character of text) {
    left -= sizeOf(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

export function pushMessage({ locale }: Letter, room: RoomLetter, { appName, badge }: { appName: string; badge: number }): PushMessage {
  const { roomId, code, count, head, link, lines } = room;
  const last = lines.at(-1);
  const words = last && shortened(spoken(last, locale), MAX_WORDS);
  const howMany = words !== undefined && count === 1 ? null : phrase(locale, 'messages', { count });
  return {
    ...{ version: 1, type: 'MESSAGES', tag: roomId, roomId, roomCode: code, badge },
    title: shortened(room.title ?? appName, MAX_TITLE),
    body: [words, howMany].filter(Boolean).join(' · '),
    ...{ count, messageId: head.id, sequence: head.sequence, url: link },
  };
}

/** Without a word, and without a sound. */
export const takenOff = (roomId: string, roomCode: string, badge: number): PushMessage => ({
  ...{ version: 1, type: 'READ', tag: roomId, roomId, roomCode, badge, title: '', body: '', count: 0 },
  ...{ messageId: null, sequence: null, url: null },
});
