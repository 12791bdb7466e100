import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Mailbox } from './support/mailbox.js';
import { type StoppedClock, stopClocks, untilAllIsPlanned, untilAllIsTold } from './support/notified.js';
import { aToken, type Person, type Room, World } from './support/world.js';

const MINUTE = 60_000;
const URLS = { APP_URL: 'https://corner.example/r/{code}', PUBLIC_URL: 'https://chat.corner.example/' };

let mailbox: Mailbox;
let world: World;
let ada: Person;
let bo: Person;
let address: string;
let clock: StoppedClock;

beforeAll(async () => {
  mailbox = await Mailbox.start();
  world = await World.start({ ...mailbox.settings, ...URLS, LOG_LEVEL: 'silent' });
});

afterAll(async () => {
  await world.stop();
  await mailbox.stop();
});

beforeEach(async () => {
  ada = await world.person('Ada');
  address = `${randomUUID()}@example.com`;
  bo = await somebody('Bo', address);
  clock = stopClocks(world);
  mailbox.refuses(() => null);
});

/** With an address, as the host's token says it. */
async function somebody(name: string, email: string): Promise<Person> {
  const person = await world.person(name);
  const token = await aToken({ sub: person.externalId, name, email });
  await world.as({ ...person, token }).get('{ me { id } }');
  return { ...person, token };
}

const aRoom = (title: string, input: Record<string, unknown> = {}) =>
  world.room([[ada, 'CUSTOMER'], [bo, 'PHARMACY_STAFF']], { title, ...input }); // prettier-ignore

async function say(room: Room, ...texts: string[]): Promise<void> {
  for (const text of texts) await world.send(room, ada, text);
  await untilAllIsPlanned(world);
}

const minutes = (count: number) => clock.after(count * MINUTE);
const mails = () => mailbox.to(address);
const attempts = () => mailbox.attempts(address);
const links = (text = '') => text.match(/https:\/\/chat\S+/g) ?? [];

describe('an e-mail', () => {
  test('tells of all rooms what was not read for a quarter of an hour', async () => {
    const [first, second] = [await aRoom('Order 17'), await aRoom('<b>Order</b> 18')];
    await say(first, 'Has it shipped?', 'Hello?');
    await say(second, 'A & B <script>', 'two', 'three', 'four', 'five', 'six', 'seven');
    await minutes(14);
    expect(mails()).toEqual([]);
    await minutes(2);
    const [mail] = mails();
    expect(mails()).toHaveLength(1);
    expect(mail).toMatchObject({
      subject: 'Corner Pharmacy: 9 new messages in 2 conversations',
      from: { text: expect.stringContaining('chat@pharmacy.example') },
    });
    expect(mail!.to).toMatchObject({ text: expect.stringContaining(address) });
    expect(mail!.text).toContain(
      `Order 17\n  Ada: Has it shipped?\n  Ada: Hello?\n  Open the conversation: https://corner.example/r/${first.code}`,
    );
    expect(mail!.text).toContain('<b>Order</b> 18\n  2 earlier messages\n  Ada: three');
    expect(mail!.html).toContain('&lt;b&gt;Order&lt;/b&gt; 18');
    expect(mail!.html).not.toContain('<script>');
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated');
    await untilAllIsTold(world);
  });

  test('is not written of what was read, of nothing twice, and not to somebody without an address', async () => {
    const room = await aRoom('Order 17');
    await say(room, 'one');
    await world.act(bo, 'markRead', { roomId: room.id, upToSequence: 2 });
    await minutes(16);
    expect(attempts()).toBe(0);
    await say(room, 'two');
    await minutes(16);
    await minutes(600);
    expect(mails().map(({ subject }) => subject)).toEqual(['1 new message in Order 17']);
    await world.send(room, bo, 'for Ada, who has no address');
    await minutes(16);
    await untilAllIsTold(world);
    expect(attempts()).toBe(1);
  });

  test('comes once in an hour, with all that came meanwhile', async () => {
    const room = await aRoom('Order 17');
    await say(room, 'one');
    await minutes(16);
    await say(room, 'two');
    await minutes(16);
    await say(room, 'three');
    await minutes(16);
    expect(mails()).toHaveLength(1);
    await minutes(30);
    expect(mails().map(({ subject }) => subject)).toEqual(['1 new message in Order 17', '2 new messages in Order 17']);
  });

  test('is not written to who is there', async () => {
    const room = await aRoom('Order 17');
    await say(room, 'one');
    await world.sql('update users set last_seen_at = $2 where id = $1', [bo.id, new Date(Date.now() + 14 * MINUTE)]);
    await minutes(16);
    expect(attempts()).toBe(0);
    await minutes(16);
    expect(mails()).toHaveLength(1);
  });

  test('says nothing of a sensitive room, and speaks the language of its reader', async () => {
    const room = await aRoom('Anna Patient', { isSensitive: true });
    await world.act(bo, 'updateNotificationSettings', { locale: 'AR' });
    await say(room, 'It hurts', 'a lot');
    await minutes(16);
    const [mail] = mails();
    expect(`${mail!.subject} ${mail!.text} ${String(mail!.html)}`).not.toMatch(/Anna|Ada|hurts/);
    expect(mail!.subject).toBe('رسالتان جديدتان في Corner Pharmacy');
    expect(mail!.html).toContain('lang="ar" dir="rtl"');
  });

  test('that the server cannot take now is tried again, and one that it never will is not', async () => {
    const room = await aRoom('Order 17');
    mailbox.refuses(() => 450);
    await say(room, 'one');
    await minutes(16);
    expect([attempts(), mails().length]).toEqual([1, 0]);
    mailbox.refuses(() => null);
    await minutes(1);
    expect(mails()).toHaveLength(1);
    mailbox.refuses(() => 550);
    await say(room, 'two');
    await minutes(80);
    await minutes(600);
    await untilAllIsTold(world);
    expect([attempts(), mails().length]).toEqual([3, 1]);
  });

  test('is not lost where the server takes none from us: that is our mistake, and not for ever', async () => {
    const room = await aRoom('Order 17');
    mailbox.refusesSender(() => 553);
    await say(room, 'one');
    await minutes(16);
    expect(mails()).toEqual([]);
    mailbox.refusesSender(() => null);
    await minutes(1);
    expect(mails()).toHaveLength(1);
  });
});

test('who is there is not asked for again and again where e-mails come at once', async () => {
  const hasty = await World.start({ ...mailbox.settings, EMAIL_AFTER_MINUTES: '0', LOG_LEVEL: 'silent' });
  const [from, to] = await Promise.all([hasty.person('Ada'), hasty.person('Bo')]);
  const room = await hasty.room([[from, 'CUSTOMER'], [to, 'PHARMACY_STAFF']]); // prettier-ignore
  const stopped = stopClocks(hasty);
  await hasty.sql('update users set email = $2, last_seen_at = now() where id = $1', [to.id, `${randomUUID()}@example.com`]);
  await hasty.send(room, from, 'one');
  await untilAllIsPlanned(hasty);
  await stopped.after(0);
  expect(await hasty.sql("select due_at > now() + interval '30 seconds' as is_later from notification_turns")).toEqual([
    { is_later: true },
  ]);
  await hasty.stop();
});

test('an e-mail of which nobody knows whether it arrived is sent again under the same Message-ID', async () => {
  const room = await aRoom('Order 17');
  mailbox.refusesWhatItKeeps(() => 451);
  await say(room, 'one');
  await minutes(16);
  mailbox.refusesWhatItKeeps(() => null);
  await minutes(1);
  await untilAllIsTold(world);
  const [first, second] = mails();
  expect(second!.messageId).toMatch(/^<[0-9a-f]{32}@pharmacy\.example>$/);
  expect(first!.messageId).toBe(second!.messageId);
});

describe('the link that stops e-mails', () => {
  const settings = async () =>
    (await world.as(bo).get<{ notificationSettings: { isEmailAllowed: boolean } }>('{ notificationSettings { isEmailAllowed } }'))
      .notificationSettings;
  const visit = async (link: string, method: string) => {
    const url = link.replace('https://chat.corner.example', world.nodes[0]!.url.replace(/\/graphql$/, ''));
    const response = await fetch(url, { method, ...(method === 'POST' && { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' }) }); // prettier-ignore
    return { status: response.status, csp: response.headers.get('content-security-policy'), text: await response.text() };
  };

  test('asks when it is looked at, and stops them when it is sent', async () => {
    const room = await aRoom('Order 17');
    await say(room, 'one');
    await minutes(16);
    const [link] = links(mails()[0]!.text) as [string];
    expect(mails()[0]!.headers.get('list')).toMatchObject({ unsubscribe: { url: link } });
    expect(mails()[0]!.headerLines.map(({ line }) => line)).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect(await visit(link, 'GET')).toMatchObject({
      status: 200,
      csp: expect.stringContaining("default-src 'none'"),
      text: expect.stringContaining('<form method="post">'),
    });
    expect(await settings()).toEqual({ isEmailAllowed: true });
    expect(await visit(link, 'POST')).toMatchObject({ status: 200, text: expect.stringContaining('will no longer write to you') });
    expect(await settings()).toEqual({ isEmailAllowed: false });
    // Also where a room asks for them.
    await world.act(bo, 'updateNotificationPreferences', { roomId: room.id, channels: ['EMAIL'] });
    await say(room, 'two');
    await minutes(120);
    expect(mails()).toHaveLength(1);
    await world.act(bo, 'updateNotificationSettings', { isEmailAllowed: true });
    await say(room, 'three');
    await minutes(120);
    expect(mails()).toHaveLength(2);
  });

  test.each(['', '?token=', '?token=AAAA', `?token=${'A'.repeat(120)}`, '?token=a&token=b'])('with %s stops nothing', async (query) => {
    for (const method of ['GET', 'POST']) {
      const { status, text } = await visit(`https://chat.corner.example/notifications/unsubscribe${query}`, method);
      expect([status, text.includes('not complete')]).toEqual([200, true]);
    }
  });
});
