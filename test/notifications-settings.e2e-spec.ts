import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Person, World } from './support/world.js';

const SETTINGS = `everywhere { level channels kinds showsContent } roomKinds { roomKind rule { level channels kinds showsContent } }
  quietHours { from to timeZone } silentUntil locale isEmailAllowed`;
const NIGHT = { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' };

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());
beforeEach(async () => {
  ada = await world.person('Ada');
});

const settings = async (person = ada) =>
  (await world.as(person).get<{ notificationSettings: Record<string, unknown> }>(`{ notificationSettings { ${SETTINGS} } }`))
    .notificationSettings;
const say = (input: Record<string, unknown>) => world.do(ada, 'updateNotificationSettings', input, SETTINGS);
const refusal = (input: Record<string, unknown>) => world.refusal(ada, 'updateNotificationSettings', input);

const DEFAULTS = {
  everywhere: { level: 'ALL', channels: ['PUSH', 'EMAIL'], kinds: null, showsContent: true },
  roomKinds: [],
  ...{ quietHours: null, silentUntil: null, locale: 'EN', isEmailAllowed: true },
};

describe('how somebody is notified', () => {
  test('is everything on each channel until they say otherwise', async () => {
    expect(await settings()).toEqual(DEFAULTS);
  });

  test('keeps what is left out, and lets go of what is null', async () => {
    await say({ everywhere: { level: 'MENTIONS', showsContent: false }, quietHours: NIGHT, locale: 'FR' });
    await say({ everywhere: { channels: [] }, silentUntil: '2099-01-01T00:00:00.000Z' });
    expect(await settings()).toEqual({
      ...DEFAULTS,
      everywhere: { level: 'MENTIONS', channels: [], kinds: null, showsContent: false },
      ...{ quietHours: NIGHT, silentUntil: '2099-01-01T00:00:00.000Z', locale: 'FR' },
    });
    await say({ everywhere: { level: null, channels: null, showsContent: null }, quietHours: null, silentUntil: null, locale: 'EN' });
    expect(await settings()).toEqual(DEFAULTS);
  });

  test('is said for a kind of room on top of what is said for all', async () => {
    await say({ everywhere: { level: 'NONE', kinds: ['TEXT'] }, roomKinds: [{ roomKind: 'ORDER', level: 'ALL' }] });
    const { roomKinds } = await say({ roomKinds: [{ roomKind: 'JOB', channels: ['EMAIL'] }, { roomKind: 'ORDER', kinds: ['PAYMENT'] }] }); // prettier-ignore
    const all = { channels: ['PUSH', 'EMAIL'], kinds: ['TEXT'], showsContent: true };
    expect((roomKinds as { roomKind: string }[]).sort((a, b) => a.roomKind.localeCompare(b.roomKind))).toEqual([
      { roomKind: 'JOB', rule: { ...all, level: 'NONE', channels: ['EMAIL'] } },
      { roomKind: 'ORDER', rule: { ...all, level: 'ALL', kinds: ['PAYMENT'] } },
    ]);
  });

  test('stays as it is where null says nothing', async () => {
    await say({ locale: 'AR', everywhere: { level: 'NONE' }, isEmailAllowed: false });
    await say({ locale: null, everywhere: null, roomKinds: null, isEmailAllowed: null });
    expect(await settings()).toMatchObject({ locale: 'AR', everywhere: { level: 'NONE' }, isEmailAllowed: false });
  });

  test('survives many who say something at once', async () => {
    const kinds = ['DIRECT', 'GROUP', 'ORDER', 'JOB', 'APPOINTMENT', 'FACILITY', 'SUPPORT'];
    await Promise.all(kinds.map((roomKind) => say({ roomKinds: [{ roomKind, level: 'NONE' }] })));
    const { roomKinds } = await settings();
    expect((roomKinds as { roomKind: string }[]).map(({ roomKind }) => roomKind).sort()).toEqual([...kinds].sort());
  });

  test('that cannot be read counts as not said', async () => {
    await world.sql('insert into notification_settings (user_id, preferences, updated_at) values ($1, $2, now())', [
      ...[ada.id, { version: 9, everywhere: 'rubbish', quietHours: { from: '25:00' } }],
    ]);
    expect(await settings()).toEqual(DEFAULTS);
    await world.sql('update notification_settings set preferences = preferences || $2 where user_id = $1', [
      ...[
        ada.id,
        JSON.stringify({ isEmailAllowed: false, roomKinds: { ORDER: { level: 'LOUD', kinds: ['TEXT'] }, MARS: {} }, locale: 'FR' }),
      ],
    ]);
    expect(await settings()).toEqual({ ...DEFAULTS, isEmailAllowed: false, locale: 'FR' });
  });

  test("is one's own", async () => {
    await say({ everywhere: { level: 'NONE' } });
    expect(await settings(await world.person('Bo'))).toEqual(DEFAULTS);
    expect(await world.as(null).refusal('{ notificationSettings { locale } }')).toBe('UNAUTHENTICATED');
  });
});

describe('refused are', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a time of day that is none', { quietHours: { ...NIGHT, from: '24:00' } }],
    ['a time zone that is none', { quietHours: { ...NIGHT, timeZone: 'Europe/Atlantis' } }],
    ['a channel that is none', { everywhere: { channels: ['PIGEON'] } }],
    ['a channel twice', { everywhere: { channels: ['PUSH', 'PUSH'] } }],
    ['a kind of room twice', { roomKinds: [{ roomKind: 'JOB' }, { roomKind: 'JOB', level: 'ALL' }] }],
    ['a level that is none', { everywhere: { level: 'LOUD' } }],
    ['a silence in the year 10000', { silentUntil: '+010000-01-01T00:00:00Z' }],
  ])('%s', async (_, input) => {
    expect(await refusal(input)).toBe('BAD_USER_INPUT');
    expect(await settings()).toEqual(DEFAULTS);
  });
});
