import { inLanguage } from '../../wording/wording.js';
import type { Locale } from '../../wording/locale.js';
import { phrase } from '../../wording/phrases.js';
import { titleInLanguage } from '../../wording/titles.js';
import { MessageKind } from '../../timeline/log/message.entity.js';
import type { WaitingMessage, WaitingRoom } from '../outbox/unread-news.queries.js';

/** In characters. */
const MAX_LINE = 200;

/** A message in a line, as it may be shown on a locked screen. */
export interface Line {
  /** Null for the system. */
  who: string | null;
  text: string;
}

/** What somebody is told of a room. */
export interface RoomLetter {
  roomId: string;
  code: string;
  /** Null where nothing may be shown. */
  title: string | null;
  /** The latest, in order; none where nothing may be shown. */
  lines: Line[];
  /** How many they are, also of those that are not shown. */
  count: number;
  /** The newest of them. */
  head: { id: string; sequence: number };
  /** The front end's page. */
  link: string | null;
}

/** What somebody is told, of all rooms. */
export interface Letter {
  userId: string;
  name: string;
  locale: Locale;
  rooms: RoomLetter[];
}

function lineOf(message: WaitingMessage, locale: Locale): Line {
  const { kind, sender_id: senderId, sender_name: who } = message;
  const said = inLanguage({ content: message.content, senderId, metadata: message.metadata }, locale) ?? '';
  const instead = kind === MessageKind.IMAGE ? 'image' : 'file';
  const text = said.replace(/\s+/gu, ' ').trim() || phrase(locale, instead);
  const characters = [...text];
  return { who, text: characters.length > MAX_LINE ? `${characters.slice(0, MAX_LINE - 1).join('')}…` : text };
}

/** @param template of the front end's page, with places for the room */
function linkTo(template: string | null, { room_id: roomId, code }: Pick<WaitingRoom, 'room_id' | 'code'>): string | null {
  return template && template.replaceAll('{roomId}', roomId).replaceAll('{code}', encodeURIComponent(code));
}

/** @param messages those of the room that are to be told of: at least one */
export function roomLetter(
  room: WaitingRoom,
  messages: readonly WaitingMessage[],
  { locale, isDiscreet, appUrl }: { locale: Locale; isDiscreet: boolean; appUrl: string | null },
): RoomLetter {
  const { id, sequence } = messages.at(-1)!;
  return {
    roomId: room.room_id,
    code: room.code,
    title: isDiscreet
      ? null
      : titleInLanguage({ title: room.title, titleIsCustom: room.title_is_custom, titleWords: room.title_words }, locale),
    lines: isDiscreet ? [] : messages.map((message) => lineOf(message, locale)),
    count: messages.length,
    head: { id, sequence },
    link: linkTo(appUrl, room),
  };
}

/** "Anna: Has it shipped?", or what happened, as it is. */
export const spoken = ({ who, text }: Line, locale: Locale): string => (who === null ? text : phrase(locale, 'said', { who, text }));
