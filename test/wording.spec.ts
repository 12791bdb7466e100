import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { IntlMessageFormat } from 'intl-messageformat';
import type { Machine, Move } from '../src/transitions/machine/machine.js';
import type { Subject } from '../src/transitions/machine/subject.js';
import type { NoticeEvent, Words } from '../src/timeline/log/notice.js';
import { LANGUAGES } from '../src/wording/language.js';
import { Locale } from '../src/wording/locale.js';
import { FRENCH_STEPS } from '../src/wording/steps.fr.js';
import { FRENCH } from '../src/wording/texts.fr.js';
import { inLanguage, VOCABULARIES } from '../src/wording/wording.js';

const SOURCE = path.join(import.meta.dirname, '../src');

/** All machines of the product, by the names of their files. */
async function allMachines(): Promise<Machine<Subject, string>[]> {
  const files = fs.readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.machine.ts'));
  const modules = await Promise.all(
    files.map(async (file) => (await import(`../src/${file.replace(/ts$/, 'js')}`)) as Record<string, unknown>),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter((value): value is Machine<Subject, string> => typeof value === 'object' && value !== null && 'steps' in value);
}

/** A row in which everything that is asked for stands. */
const anySubject = (): Subject =>
  new Proxy({} as Subject, {
    get: (_, name) => {
      if (typeof name !== 'string') return undefined;
      if (name === 'currency') return 'EUR';
      if (/(By|At|Until)$/.test(name)) return new Date('2030-05-06T07:08:00Z');
      return /Minor$|attempts|number/i.test(name) ? 1250 : name.toUpperCase();
    },
  });

type Element = { type: number; value: string; options?: Record<string, { value: Element[] }> };

/** The parameters of a text, those within its branches included. */
const parametersOf = (elements: Element[]): string[] =>
  elements.flatMap(({ type, value, options }) => [
    ...(type === 0 || type === 7 ? [] : [value]),
    ...Object.values(options ?? {}).flatMap((option) => parametersOf(option.value)),
  ]);

const parameters = (tag: string, text: string): string[] =>
  [...new Set(parametersOf(new IntlMessageFormat(text, tag).getAst() as unknown as Element[]))].sort();

const NOTICES: Record<NoticeEvent, Words[]> = {
  'room.created': [{}],
  'room.updated': [{}, { variant: 'renamed', title: 'T' }],
  'room.closed': [{}],
  'room.reopened': [{}],
  'room.archived': [{}],
  'room.deleted': [{}],
  'participant.added': [{ whom: 'W' }, { whom: 'W', variant: 'step' }],
  'participant.joined': [{}, { variant: 'again' }],
  'participant.left': [{}],
  'participant.removed': [{ whom: 'W' }, { whom: 'W', variant: 'step' }],
  'participant.roleChanged': [{ whom: 'W', as: 'WORKER' }],
  'participant.muted': [{ whom: 'W' }],
  'participant.unmuted': [{ whom: 'W' }],
  'participant.blocked': [{ whom: 'W' }],
  'participant.unblocked': [{ whom: 'W' }],
  'participant.away': [{ whom: 'W', until: '2030-05-06T00:00:00.000Z', hasInstead: 'yes', instead: 'I', hasNote: 'yes', note: 'N' }],
  'transition.requested': [{ requested: 'cancel', aggregate: 'order' }],
  'transition.declined': [{ requested: 'cancel', aggregate: 'order' }],
};

const ENGLISH = 'in English';
const say = (metadata: Record<string, unknown>, locale: Locale) => inLanguage({ content: ENGLISH, senderId: null, metadata }, locale);

/** Who acts without being asked to, and of whom nothing is asked for. */
const NOT_PEOPLE: readonly string[] = ['SERVICE', 'SYSTEM', 'TIMER'];

/** What people can ask the host for, of whatever only it moves: "order.cancel". */
const requestable = (machines: Machine<Subject, string>[]): [aggregate: string, event: string, isPart: boolean][] =>
  machines.flatMap((machine) =>
    machine.steps
      .filter(({ from, by }) => (from.length > 0 || machine.partOf) && by.some((role) => !NOT_PEOPLE.includes(role)))
      .map(({ event, from }): [string, string, boolean] => [machine.name, event, from.length === 0]),
  );

describe('in every language', () => {
  test.each([Locale.AR, Locale.FR] as const)('there is a text of the same parameters for each of the others: %s', (locale) => {
    const { tag } = LANGUAGES[locale];
    const { texts } = VOCABULARIES[locale];
    expect(Object.keys(texts).sort()).toEqual(Object.keys(FRENCH).sort());
    for (const [key, text] of Object.entries(texts)) {
      expect({ key, parameters: parameters(tag, text) }).toEqual({ key, parameters: parameters('fr', FRENCH[key as keyof typeof FRENCH]) });
    }
  });

  test.each([Locale.AR, Locale.FR])('each step of each machine says something: %s', async (locale) => {
    const machines = await allMachines();
    expect(machines.length).toBeGreaterThanOrEqual(10);
    for (const machine of machines) {
      for (const { event, by } of machine.steps) {
        for (const role of by) {
          const actor = { source: 'USER', userId: 'ana', role };
          const move = { event, subject: anySubject(), payload: { amountMinor: 1250 }, actor } as unknown as Move<Subject>;
          const words = { who: 'Ana', role, ...machine.words?.(move) };
          const metadata = { transitionId: 't', aggregate: machine.name, event, to: 'X', reason: 'why', words };
          const said = say(metadata, locale);
          expect({ step: `${machine.name}.${event}`, said }).not.toMatchObject({ said: ENGLISH });
          expect(said).not.toMatch(/[{}]|undefined|null|NaN/);
        }
      }
    }
  });

  test.each([Locale.AR, Locale.FR])('each notice says something: %s', (locale) => {
    for (const [event, all] of Object.entries(NOTICES)) {
      for (const words of all) {
        const said = say({ event, reason: 'why', words: { who: 'Ana', ...words } }, locale);
        expect({ event, said }).not.toMatchObject({ said: ENGLISH });
        expect(said).not.toMatch(/[{}]|undefined|null/);
      }
    }
  });

  test.each([Locale.AR, Locale.FR] as const)('each step that people can ask the host for has a name of its own: %s', async (locale) => {
    const { steps } = VOCABULARIES[locale];
    const asked = requestable(await allMachines());
    expect([...new Set(asked.map(([aggregate, event]) => `${aggregate}.${event}`)), 'other'].sort()).toEqual(Object.keys(steps).sort());
    for (const [aggregate, event, isPart] of asked) {
      const words = { who: 'Ana', requested: isPart ? `${aggregate}.${event}` : event, aggregate: isPart ? 'order' : aggregate };
      for (const notice of ['transition.requested', 'transition.declined'] as const) {
        expect(say({ event: notice, words }, locale)).toContain(steps[`${aggregate}.${event}`]!);
      }
    }
  });

  test('what has no name is a step', () => {
    const words = { who: 'Ana', requested: 'dim', aggregate: 'lamp' };
    expect(say({ event: 'transition.requested', words }, Locale.FR)).toBe(`Ana demande ${FRENCH_STEPS.other}`);
    expect(say({ event: 'transition.declined', words }, Locale.AR)).toBe('لم يوافق التطبيق على خطوة');
  });

  test('nothing is said that nothing tells', async () => {
    const steps = (await allMachines()).flatMap(({ name, steps }) => steps.map(({ event }) => `${name}.${event}`));
    const notices = Object.entries(NOTICES).flatMap(([event, all]) => all.map(({ variant }) => (variant ? `${event}:${variant}` : event)));
    expect([...new Set([...steps, ...notices])].sort()).toEqual(Object.keys(FRENCH).sort());
  });
});

describe('a text', () => {
  const closed = { event: 'room.closed', words: { who: 'Ana' } };

  test('of the system alone is made anew: what people say is theirs, whatever they put into its metadata', () => {
    expect(inLanguage({ content: 'said', senderId: 'ana', metadata: closed }, Locale.FR)).toBe('said');
    expect(inLanguage({ content: null, senderId: null, metadata: closed }, Locale.FR)).toBeNull();
  });

  test.each([
    ['that is older than its words', { event: 'room.closed' }],
    ['that lacks one of them', { event: 'participant.muted', words: { who: 'Ana' } }],
    ['of something that is not known', { event: 'lamp.break', words: { who: 'Ana' } }],
    ['of an amount in no currency', { transitionId: 't', aggregate: 'payment', event: 'fail', words: { amountMinor: 1, currency: '?' } }],
  ])('%s stays English', (_, metadata) => {
    expect(say(metadata, Locale.FR)).toBe(ENGLISH);
  });

  test('is English as it is stored, for who asks for it and for who asks for nothing', () => {
    expect(say(closed, Locale.EN)).toBe(ENGLISH);
    expect(inLanguage({ content: ENGLISH, senderId: null, metadata: closed })).toBe(ENGLISH);
  });

  test('names the system where nobody stands behind it, and keeps the direction of a name', () => {
    const byTimer = { event: 'room.closed', words: { who: null } };
    expect(say(byTimer, Locale.FR)).toBe('Le système a fermé la conversation');
    expect(say(byTimer, Locale.AR)).toBe('تم إغلاق المحادثة من قِبل \u2068النظام\u2069');
  });
});
