import { describe, expect, test } from '@jest/globals';
import { Locale } from '../src/wording/locale.js';
import { makeTitle, MAX_TITLE, titleInLanguage, TITLES, type TitleWords } from '../src/wording/titles.js';

/** Without the marks that keep the direction of what people wrote. */
const plain = (text: string) => text.replace(/[\u2068\u2069]/g, '');
const inEach = (words: TitleWords) => [Locale.EN, Locale.AR, Locale.FR].map((locale) => plain(makeTitle(words, locale)));
const people = (others: number, ...names: string[]): TitleWords => ({ of: 'people', names, others });
const JOB = { number: '7K2M9QXA', job: 'Paint the fence' };

const SAID: [TitleWords, string, string, string][] = [
  [people(0, 'Ada'), 'Ada', 'Ada', 'Ada'],
  [people(0, 'Ada', 'Ben', 'Chi'), 'Ada, Ben, Chi', 'Ada، Ben، Chi', 'Ada, Ben, Chi'],
  [people(1, 'Ada', 'Ben', 'Chi'), 'Ada, Ben, Chi and 1 other', 'Ada، Ben، Chi وشخص آخر', 'Ada, Ben, Chi et 1 autre'],
  [people(2, 'Ada', 'Ben', 'Chi'), 'Ada, Ben, Chi and 2 others', 'Ada، Ben، Chi وشخصان آخران', 'Ada, Ben, Chi et 2 autres'],
  [people(3, 'Ada', 'Ben', 'Chi'), 'Ada, Ben, Chi and 3 others', 'Ada، Ben، Chi و3 أشخاص آخرين', 'Ada, Ben, Chi et 3 autres'],
  [people(47, 'Ada', 'Ben', 'Chi'), 'Ada, Ben, Chi and 47 others', 'Ada، Ben، Chi و47 شخصًا آخر', 'Ada, Ben, Chi et 47 autres'],
  [{ of: 'order', number: '1042' }, 'Order #1042', 'الطلب رقم 1042', 'Commande n° 1042'],
  [
    { of: 'shop_order', number: '1042', shop: 'Pharmacy X' },
    'Order #1042 · Pharmacy X',
    'الطلب رقم 1042 · Pharmacy X',
    'Commande n° 1042 · Pharmacy X',
  ],
  [
    { of: 'job', ...JOB },
    'Job #7K2M9QXA · Paint the fence',
    'المهمة رقم 7K2M9QXA · Paint the fence',
    'Mission n° 7K2M9QXA · Paint the fence',
  ],
  [
    { of: 'bid', ...JOB, userId: 'ben', name: 'Ben' },
    'Job #7K2M9QXA · Paint the fence · Ben',
    'المهمة رقم 7K2M9QXA · Paint the fence · Ben',
    'Mission n° 7K2M9QXA · Paint the fence · Ben',
  ],
  [{ of: 'facility', facility: 'North' }, 'North', 'North', 'North'],
  [{ of: 'study', facility: 'North', modality: 'CT' }, 'North · CT', 'North · CT', 'North · CT'],
  [{ of: 'study', facility: 'North', modality: 'none' }, 'North · study', 'North · فحص', 'North · examen'],
];

describe('a title that the system makes', () => {
  test.each(SAID)('%j', (words, ...said) => {
    expect(inEach(words)).toEqual(said);
  });

  test('exists for whatever a room can be for', () => {
    expect([...new Set(SAID.map(([{ of }]) => of))].sort()).toEqual(Object.keys(TITLES).sort());
  });

  test('leaves each name its direction among Arabic ones, and is plain elsewhere', () => {
    expect(makeTitle(people(1, 'Ada', 'ليلى', 'Chi'), Locale.AR)).toBe('\u2068Ada\u2069، \u2068ليلى\u2069، \u2068Chi\u2069 وشخص آخر');
    expect(makeTitle({ of: 'shop_order', number: '7-A', shop: 'X' }, Locale.AR)).toBe('الطلب رقم \u20687-A\u2069 · \u2068X\u2069');
    expect(makeTitle(people(1, 'Ada', 'ليلى', 'Chi'), Locale.FR)).toBe('Ada, ليلى, Chi et 1 autre');
  });

  test('takes what people wrote as it is, whatever it would mean in a template', () => {
    for (const shop of ['none', '{number}', '<b>#</b>', "l'été '{'", '#']) {
      expect(makeTitle({ of: 'shop_order', number: '1', shop }, Locale.FR)).toBe(`Commande n° 1 · ${shop}`);
    }
  });

  test('has 200 characters at most, whole ones, and leaves no direction open', () => {
    const words: TitleWords = { of: 'study', facility: '🦦'.repeat(200), modality: 'CT' };
    const [english, arabic] = [makeTitle(words, Locale.EN), makeTitle(words, Locale.AR)];
    expect(english).toBe(`${'🦦'.repeat(MAX_TITLE - 1)}…`);
    expect(arabic).toBe(`\u2068${'🦦'.repeat(MAX_TITLE - 3)}…\u2069`);
    expect(makeTitle({ of: 'facility', facility: '🦦'.repeat(200) }, Locale.EN)).toBe('🦦'.repeat(200));
  });
});

describe('a room is shown', () => {
  const room = { title: 'Order #1042', titleIsCustom: false, titleWords: { of: 'order', number: '1042' } as TitleWords | null };

  test('by the title that is stored, for who asks for English or for nothing', () => {
    expect([titleInLanguage({ ...room, title: 'as stored' }, Locale.EN), titleInLanguage({ ...room, title: 'as stored' })]).toEqual([
      'as stored',
      'as stored',
    ]);
  });

  test.each<[string, object, string]>([
    ['in the language that is asked for', {}, 'Commande n° 1042'],
    ['by what somebody has chosen, in every language', { title: 'Mine', titleIsCustom: true }, 'Mine'],
    ['in English where it is older than its words', { titleWords: null }, 'Order #1042'],
    ['in English where its words are for something that is not known', { titleWords: { of: 'lamp' } }, 'Order #1042'],
    ['in English where one of its words is missing', { titleWords: { of: 'order' } }, 'Order #1042'],
  ])('%s', (_, other, said) => {
    expect(titleInLanguage({ ...room, ...other }, Locale.FR)).toBe(said);
  });
});
