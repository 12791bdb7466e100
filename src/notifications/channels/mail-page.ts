import { languageOf, phrase } from '../../wording/phrases.js';
import { type Letter, type Line, type RoomLetter, spoken } from './letter.js';

/** Of a room: the latest. */
const LINES = 5;

export interface MailPage {
  subject: string;
  text: string;
  html: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** A subject is one line, whatever people call their rooms. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();

function subjectOf({ locale, rooms }: Letter, appName: string): string {
  const count = rooms.reduce((sum, room) => sum + room.count, 0);
  const [only] = rooms;
  if (only && rooms.length === 1) return phrase(locale, 'messages.in', { count, title: only.title ?? appName });
  return `${appName}: ${phrase(locale, 'messages.rooms', { count, rooms: rooms.length })}`;
}

interface Part {
  title: string;
  /** "3 earlier messages"; null where all are shown. */
  more: string | null;
  lines: Line[];
  link: string | null;
}

function partOf({ locale }: Letter, { title, lines, count, link }: RoomLetter, appName: string): Part {
  const shown = lines.slice(-LINES);
  const hidden = count - shown.length;
  const more = shown.length === 0 ? phrase(locale, 'messages', { count }) : hidden > 0 ? phrase(locale, 'more', { count: hidden }) : null;
  return { title: title ?? appName, more, lines: shown, link };
}

/** What an e-mail says, as text and as HTML. What people wrote is text in both. */
export function mailPage(letter: Letter, { appName, stop }: { appName: string; stop: string | null }): MailPage {
  const { locale, name } = letter;
  const say = (key: 'open' | 'stop') => phrase(locale, key);
  const greeting = phrase(locale, 'greeting', { name });
  const why = phrase(locale, 'why', { app: appName });
  const parts = letter.rooms.map((room) => partOf(letter, room, appName));
  const { lang, dir } = languageOf(locale);

  const text = [
    greeting,
    ...parts.map(({ title, more, lines, link }) =>
      [title, more && `  ${more}`, ...lines.map((line) => `  ${spoken(line, locale)}`), link && `  ${say('open')}: ${link}`]
        .filter(Boolean)
        .join('\n'),
    ),
    [why, stop && `${say('stop')}: ${stop}`].filter(Boolean).join('\n'),
  ].join('\n\n');

  const anchor = (href: string, words: string) => `<a href="${escaped(href)}">${escaped(words)}</a>`;
  const html = [
    `<!doctype html><html lang="${lang}" dir="${dir}"><body>`,
    `<p>${escaped(greeting)}</p>`,
    ...parts.flatMap(({ title, more, lines, link }) => [
      `<h3>${escaped(title)}</h3>`,
      ...(more ? [`<p><small>${escaped(more)}</small></p>`] : []),
      ...lines.map(
        ({ who, text: said }) => `<p>${who === null ? '' : `<b>${escaped(who)}</b><br>`}<span dir="auto">${escaped(said)}</span></p>`,
      ),
      ...(link ? [`<p>${anchor(link, say('open'))}</p>`] : []),
    ]),
    `<hr><p><small>${escaped(why)}${stop ? ` ${anchor(stop, say('stop'))}` : ''}</small></p>`,
    '</body></html>',
  ].join('\n');

  return { subject: oneLine(subjectOf(letter, appName)), text, html };
}
