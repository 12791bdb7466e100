import { digitsOf } from '../common/values/money.js';
import type { Message, Metadata } from '../timeline/log/message.entity.js';
import type { Words } from '../timeline/log/notice.js';
import { fill, type Language, LANGUAGES, ofPeople } from './language.js';
import { Locale } from './locale.js';
import { ARABIC_STEPS } from './steps.ar.js';
import { FRENCH_STEPS } from './steps.fr.js';
import { ARABIC } from './texts.ar.js';
import { FRENCH } from './texts.fr.js';
import { makeTitle, type ThingWords } from './titles.js';

interface Vocabulary {
  texts: Readonly<Record<string, string>>;
  /** What people ask the host for. */
  steps: Readonly<Record<string, string>> & { other: string };
  /** Who acts where nobody in particular does. */
  system: string;
}

/** English stands in the messages themselves. */
type Spoken = Exclude<Locale, Locale.EN>;

export const VOCABULARIES: Readonly<Record<Spoken, Vocabulary>> = {
  AR: { texts: ARABIC, steps: ARABIC_STEPS, system: 'النظام' },
  FR: { texts: FRENCH, steps: FRENCH_STEPS, system: 'Le système' },
};

/** What people have written; everything else is a code, a number or a time of ours. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['who', 'whom', 'title', 'reason', 'note', 'instead', 'decision']);

/** Under which the texts of a message stand: what happened, and in which of several ways. */
function keyOf({ transitionId, aggregate, event }: Metadata, { variant }: Words): string {
  const name = typeof transitionId === 'string' ? `${String(aggregate)}.${String(event)}` : String(event);
  return variant ? `${name}:${variant}` : name;
}

/** "order.cancel"; what begins beside the order says itself what it is: "delivery.create". */
function stepIn({ steps }: Vocabulary, { requested, aggregate }: Words): string {
  const name = String(requested);
  return steps[name.includes('.') ? name : `${aggregate}.${name}`] ?? steps.other;
}

function valuesOf(locale: Spoken, { reason, to }: Metadata, words: Words): Record<string, unknown> {
  const language = LANGUAGES[locale];
  const vocabulary = VOCABULARIES[locale];
  const { amountMinor, currency, until } = words;
  const values: Record<string, unknown> = { reason, to, ...words, who: words['who'] ?? vocabulary.system, step: stepIn(vocabulary, words) };
  if (typeof until === 'string') values['until'] = new Date(until);
  values['amount'] = typeof amountMinor === 'number' && typeof currency === 'string' ? money(language, amountMinor, currency) : 'none';
  if (isThing(words)) values['title'] = makeTitle(words, locale);
  for (const name of OF_PEOPLE) if (typeof values[name] === 'string') values[name] = ofPeople(language, values[name]);
  return values;
}

const money = ({ tag }: Language, minor: number, currency: string): string =>
  new Intl.NumberFormat(tag, { style: 'currency', currency }).format(minor / 10 ** digitsOf(currency));

/** A room that was renamed with what it is for. */
const isThing = (words: Words): words is Words & ThingWords => typeof words['of'] === 'string';

const isWords = (value: unknown): value is Words => typeof value === 'object' && value !== null;

/**
 * What a message says in a language: of the system's own the text that was made for it, of everything else the content. English too where
 * a message is older than its words, or tells of something that has no text.
 */
export function inLanguage({ content, senderId, metadata }: Pick<Message, 'content' | 'senderId' | 'metadata'>, locale?: Locale | null) {
  if (!locale || locale === Locale.EN || content === null || senderId !== null || !isWords(metadata?.['words'])) return content;
  const words = metadata['words'];
  const text = VOCABULARIES[locale].texts[keyOf(metadata, words)];
  if (text === undefined) return content;
  try {
    return fill(LANGUAGES[locale], text, valuesOf(locale, metadata, words));
  } catch {
    return content;
  }
}
