import { IntlMessageFormat } from 'intl-messageformat';
import { digitsOf } from '../common/money.js';
import type { Message, Metadata } from '../timeline/log/message.entity.js';
import type { Words } from '../timeline/log/notice.js';
import { Locale } from './locale.js';
import { ARABIC } from './texts.ar.js';
import { FRENCH } from './texts.fr.js';

interface Language {
  /** For Intl. Arabic with the digits that stand in the numbers of orders, too. */
  tag: string;
  texts: Readonly<Record<string, string>>;
  /** Who acts where nobody in particular does. */
  system: string;
  /** Words of people keep their own direction. */
  isolates: boolean;
}

export const LANGUAGES: Readonly<Record<Exclude<Locale, Locale.EN>, Language>> = {
  AR: { tag: 'ar-u-nu-latn', texts: ARABIC, system: 'النظام', isolates: true },
  FR: { tag: 'fr', texts: FRENCH, system: 'Le système', isolates: false },
};

const FORMATS = {
  date: { day: { dateStyle: 'long', timeZone: 'UTC' }, minute: { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } },
};
/** What people have written; everything else is a code, a number or a time of ours. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['who', 'whom', 'title', 'reason', 'note', 'instead', 'decision']);

const known = new Map<string, IntlMessageFormat>();

function textOf(language: Language, key: string): IntlMessageFormat | null {
  const name = `${language.tag} ${key}`;
  let text = known.get(name);
  if (!text && language.texts[key] !== undefined) {
    text = new IntlMessageFormat(language.texts[key], language.tag, FORMATS as never);
    known.set(name, text);
  }
  return text ?? null;
}

/** Under which the texts of a message stand: what happened, and in which of several ways. */
function keyOf({ transitionId, aggregate, event }: Metadata, { variant }: Words): string {
  const name = typeof transitionId === 'string' ? `${String(aggregate)}.${String(event)}` : String(event);
  return variant ? `${name}:${variant}` : name;
}

function valuesOf(language: Language, { reason, to }: Metadata, words: Words): Record<string, unknown> {
  const { amountMinor, currency, until } = words;
  const values: Record<string, unknown> = { reason, to, ...words, who: words['who'] ?? language.system };
  if (typeof until === 'string') values['until'] = new Date(until);
  values['amount'] = typeof amountMinor === 'number' && typeof currency === 'string' ? money(language, amountMinor, currency) : 'none';
  if (language.isolates) {
    for (const name of OF_PEOPLE) if (typeof values[name] === 'string') values[name] = `\u2068${values[name]}\u2069`;
  }
  return values;
}

const money = ({ tag }: Language, minor: number, currency: string): string =>
  new Intl.NumberFormat(tag, { style: 'currency', currency }).format(minor / 10 ** digitsOf(currency));

const isWords = (value: unknown): value is Words => typeof value === 'object' && value !== null;

/**
 * What a message says in a language: of the system's own the text that was made for it, of everything else the content. English too where
 * a message is older than its words, or tells of something that has no text.
 */
export function inLanguage({ content, senderId, metadata }: Pick<Message, 'content' | 'senderId' | 'metadata'>, locale?: Locale | null) {
  if (!locale || locale === Locale.EN || content === null || senderId !== null || !isWords(metadata?.['words'])) return content;
  const language = LANGUAGES[locale];
  const words = metadata['words'];
  try {
    return (
      textOf(language, keyOf(metadata, words))
        ?.format<string>(valuesOf(language, metadata, words) as never)
        ?.toString() ?? content
    );
  } catch {
    return content;
  }
}
