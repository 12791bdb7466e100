import { fill, type Language, LANGUAGES, ofPeople } from './language.js';
import { Locale } from './locale.js';

export const MAX_TITLE = 200;

/** What a room is for. */
export type ThingWords =
  | { of: 'order'; number: string }
  | { of: 'shop_order'; number: string; shop: string }
  | { of: 'job'; number: string; job: string }
  | { of: 'facility'; facility: string }
  | { of: 'study'; facility: string; modality: string };

/** `name` is that of the person, whom it follows. */
type BidWords = { of: 'bid'; number: string; job: string; userId: string; name?: string };

/**
 * What a title is made from where nobody has chosen one. They stand in the room beside the English title, which is searched, so that it is
 * shown in each language without another statement.
 */
export type TitleWords = { of: 'people'; names: string[]; others: number } | BidWords | ThingWords;

/** As ICU messages. */
export const TITLES: Readonly<Record<TitleWords['of'], Readonly<Record<Locale, string>>>> = {
  people: {
    EN: '{names}{others, plural, =0 {} one { and # other} other { and # others}}',
    AR: '{names}{others, plural, =0 {} one { وشخص آخر} two { وشخصان آخران} few { و# أشخاص آخرين} other { و# شخصًا آخر}}',
    FR: '{names}{others, plural, =0 {} one { et # autre} other { et # autres}}',
  },
  order: { EN: 'Order #{number}', AR: 'الطلب رقم {number}', FR: 'Commande n° {number}' },
  shop_order: { EN: 'Order #{number} · {shop}', AR: 'الطلب رقم {number} · {shop}', FR: 'Commande n° {number} · {shop}' },
  job: { EN: 'Job #{number} · {job}', AR: 'المهمة رقم {number} · {job}', FR: 'Mission n° {number} · {job}' },
  bid: { EN: 'Job #{number} · {job} · {name}', AR: 'المهمة رقم {number} · {job} · {name}', FR: 'Mission n° {number} · {job} · {name}' },
  facility: { EN: '{facility}', AR: '{facility}', FR: '{facility}' },
  study: {
    EN: '{facility} · {modality, select, none {study} other {{modality}}}',
    AR: '{facility} · {modality, select, none {فحص} other {{modality}}}',
    FR: '{facility} · {modality, select, none {examen} other {{modality}}}',
  },
};

/** Codes of ours; everything else is what people have written. */
const CODES: ReadonlySet<string> = new Set(['of', 'modality']);

const valueOf = (language: Language, name: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => ofPeople(language, String(one))).join(language.comma);
  return typeof value === 'string' && !CODES.has(name) ? ofPeople(language, value) : value;
};

function cut({ isolates }: Language, title: string): string {
  const characters = [...title];
  if (characters.length <= MAX_TITLE) return title;
  // What is cut off may have ended a direction.
  const end = isolates ? '…\u2069' : '…';
  return characters.slice(0, MAX_TITLE - end.length).join('') + end;
}

/** At most 200 characters. @throws where something is missing */
export function makeTitle(words: TitleWords, locale: Locale): string {
  const language = LANGUAGES[locale];
  const values = Object.fromEntries(
    Object.entries(words).map(([name, value]): [string, unknown] => [name, valueOf(language, name, value)]),
  );
  return cut(language, fill(language, TITLES[words.of][locale], values));
}

interface Titled {
  title: string;
  titleIsCustom: boolean;
  titleWords: TitleWords | null;
}

/** As it is stored where somebody has chosen it, and where it is older than its words. */
export function titleInLanguage({ title, titleIsCustom, titleWords }: Titled, locale?: Locale | null): string {
  if (!locale || locale === Locale.EN || titleIsCustom || titleWords === null) return title;
  try {
    return makeTitle(titleWords, locale);
  } catch {
    return title;
  }
}
