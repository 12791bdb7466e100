import { IntlMessageFormat } from 'intl-messageformat';
import type { Locale } from './locale.js';

/** How a language is written. */
export interface Language {
  /** For Intl. Arabic with the digits that stand in the numbers of orders, too. */
  tag: string;
  /** Between the names of a list. */
  comma: string;
  /** Words of people keep their own direction. */
  isolates: boolean;
}

export const LANGUAGES: Readonly<Record<Locale, Language>> = {
  EN: { tag: 'en', comma: ', ', isolates: false },
  AR: { tag: 'ar-u-nu-latn', comma: '، ', isolates: true },
  FR: { tag: 'fr', comma: ', ', isolates: false },
};

const FORMATS = {
  date: { day: { dateStyle: 'long', timeZone: 'UTC' }, minute: { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } },
};

const known = new Map<string, IntlMessageFormat>();

/** A text of ours, an ICU message, with what it is made from. @throws where something is missing */
export function fill({ tag }: Language, text: string, values: Record<string, unknown>): string {
  const name = `${tag} ${text}`;
  let format = known.get(name);
  if (!format) known.set(name, (format = new IntlMessageFormat(text, tag, FORMATS as never)));
  return format.format<string>(values as never).toString();
}

/** What people have written, among words of ours. */
export const ofPeople = ({ isolates }: Language, words: string): string => (isolates ? `\u2068${words}\u2069` : words);
