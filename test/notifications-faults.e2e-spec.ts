import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { NotificationDispatcher } from '../src/notifications/notification-dispatcher.service.js';
import { Planner } from '../src/notifications/outbox/planner.service.js';
import { takeOff } from '../src/notifications/outbox/turns.queries.js';
import { startTestNode } from './support/node.js';
import { stopClocks, subscribe, untilAllIsPlanned, untilAllIsTold } from './support/notified.js';
import { type Browser, PushService } from './support/push-service.js';
import { statementsDuring } from './support/statements.js';
import { type Person, type Room, SECRET, World } from './support/world.js';

let service: PushService;
let world: World;
/** One node that tells nobody before their time. */
let quiet: World;

beforeAll(async () => {
  service = await PushService.start();
  quiet = await World.start({ ...service.settings, PUSH_AFTER_SECONDS: '30', LOG_LEVEL: 'silent' });
  // The first node rings nobody's bell: it tells nobody, and the second looks by itself.
  world = await World.start({ LOG_LEVEL: 'silent' });
  for (let i = 0; i < 2; i++) {
    world.nodes.push(await startTestNode(world.database, { JWT_SECRET: SECRET, ...service.settings, LOG_LEVEL: 'silent' }));
  }
});

afterAll(async () => {
  await Promise.all([world.stop(), quiet.stop()]);
  await service.stop();
});
afterEach(() => service.answers(() => 201));

const LAST = -1;

async function aListener(browser: Browser): Promise<{ ada: Person; bo: Person; room: Room }> {
  const [ada, bo] = await Promise.all([world.person('Ada'), world.person('Bo')]);
  const room = await world.room([[ada, 'CUSTOMER'], [bo, 'PHARMACY_STAFF']], { title: 'Order 17' }); // prettier-ignore
  const mutation = 'mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { id } }';
  await world.as(bo, LAST).get(mutation, { input: { subscription: browser.subscription } });
  return { ada, bo, room };
}
const told = ({ arrived }: Browser) => arrived.map(({ message }) => message['sequence']);

describe('of several nodes', () => {
  test('one tells what was committed on a node that tells nobody', async () => {
    const browser = service.browser();
    const { ada, room } = await aListener(browser);
    const { sequence } = await world.send(room, ada, 'one');
    await untilAllIsTold(world);
    expect(told(browser)).toEqual([sequence]);
  });

  test('each person is told once by one of them, although all look', async () => {
    const browsers = Array.from({ length: 12 }, () => service.browser());
    const rooms = await Promise.all(browsers.map(aListener));
    const before = service.attempts;
    const clock = stopClocks(world);
    for (const { room, ada } of rooms) await world.send(room, ada, 'one');
    await clock.after(1_000);
    await untilAllIsTold(world);
    expect(browsers.map(({ arrived }) => arrived.length)).toEqual(browsers.map(() => 1));
    expect(service.attempts - before).toBe(12);
  });

  test('another goes on where one has died with somebody in its hands', async () => {
    const clock = stopClocks(world);
    const browser = service.browser();
    const { ada, room, bo } = await aListener(browser);
    const { sequence } = await world.send(room, ada, 'one');
    // As it lies in the table when a node is killed after it has taken the turn.
    await world.sql(
      `insert into notifications (user_id, room_id, channel, told_sequence, head_sequence) values ($1, $2, 'PUSH', 0, $3)
       on conflict (user_id, channel, room_id) do update set told_sequence = 0`,
      [bo.id, room.id, sequence],
    );
    await world.sql(
      `insert into notification_turns (user_id, channel, due_at, attempt, leased_until, lease)
       values ($1, 'PUSH', now() - interval '1 minute', 1, now() + interval '50 seconds', gen_random_uuid())
       on conflict (user_id, channel) do update set due_at = excluded.due_at, leased_until = excluded.leased_until, lease = excluded.lease`,
      [bo.id],
    );
    const before = browser.arrived.length;
    clock.ahead(30_000);
    await Promise.all(world.nodes.map(({ app }) => app.get(NotificationDispatcher)['claims'].idle()));
    expect(browser.arrived.length).toBe(before);
    await clock.after(61_000);
    await untilAllIsTold(world);
    expect(told(browser).at(-1)).toBe(sequence);
  });
});

test('a room that cannot be looked at holds up none of those that are looked at with it', async () => {
  const browsers = Array.from({ length: 5 }, () => service.browser());
  const rooms = await Promise.all(browsers.map(aListener));
  const planners = world.nodes.map(({ app }) => app.get(Planner));
  const poison = rooms[2]!.room.id;
  for (const planner of planners) {
    const look = planner.look.bind(planner);
    planner.look = (roomIds) => (roomIds.includes(poison) ? Promise.reject(new Error('poison')) : look(roomIds));
  }
  for (const { room, ada } of rooms) await world.send(room, ada, 'one');
  await Promise.all(browsers.filter((_, i) => i !== 2).map((browser) => browser.count(1)));
  expect(browsers[2]!.arrived).toEqual([]);
  for (const planner of planners) Reflect.deleteProperty(planner, 'look');
  await untilAllIsTold(world);
  expect(browsers[2]!.arrived).toHaveLength(1);
});

describe('a push service', () => {
  test('that is down for half an hour brings the latest when it is back, once', async () => {
    const clock = stopClocks(world);
    const browser = service.browser();
    const { ada, room } = await aListener(browser);
    service.answers(() => 503);
    await world.send(room, ada, 'one');
    for (const minutes of [0, 1, 5, 10, 14]) await clock.after(minutes * 60_000);
    const last = await world.send(room, ada, 'two');
    await clock.after(1_000);
    expect(browser.arrived).toEqual([]);
    service.answers(() => 201);
    // So long it may wait after the fifth attempt, if there was one.
    await clock.after(2 * 3_600_000);
    await untilAllIsTold(world);
    expect(browser.arrived.map(({ message }) => [message['sequence'], message['count']])).toEqual([[last.sequence, 2]]);
  });

  test("that is down while much is said brings all of it when it is back: what is new uses up nobody's attempts", async () => {
    const clock = stopClocks(world);
    const browser = service.browser();
    const { ada, room } = await aListener(browser);
    service.answers((one) => (one === browser ? 503 : 201));
    for (let count = 0; count < 9; count++) {
      await world.send(room, ada, `${count}`);
      await untilAllIsPlanned(world);
      await clock.after(1);
    }
    service.answers(() => 201);
    await clock.after(60_000);
    await untilAllIsTold(world);
    expect(browser.arrived.map(({ message }) => message['count'])).toEqual([9]);
  });

  test('that never comes back is given up, and what comes later begins anew', async () => {
    const clock = stopClocks(world);
    const browser = service.browser();
    const { ada, room } = await aListener(browser);
    service.answers((one) => (one === browser ? 500 : 201));
    await world.send(room, ada, 'one');
    for (let hours = 0; hours < 9; hours++) await clock.after(25 * 3_600_000);
    await untilAllIsTold(world);
    expect(browser.arrived).toEqual([]);
    service.answers(() => 201);
    stopClocks(world);
    const { sequence } = await world.send(room, ada, 'two');
    await untilAllIsTold(world);
    expect(told(browser)).toEqual([sequence]);
  });

  test('that is slow for one holds up nobody else', async () => {
    const [slow, quick] = [service.browser(), service.browser()];
    const [first, second] = [await aListener(slow), await aListener(quick)];
    let release = () => undefined as void;
    const held = new Promise<number>((resolve) => (release = () => resolve(201)));
    service.answers((one) => (one === slow ? held : 201));
    await world.send(first.room, first.ada, 'one');
    await world.send(second.room, second.ada, 'one');
    await quick.count(1);
    expect(slow.arrived).toEqual([]);
    release();
    await slow.count(1);
    await untilAllIsTold(world);
  });
});

test('a look at rooms, and a turn, cost the same whatever stands in them', async () => {
  const clock = stopClocks(quiet);
  const ada = await quiet.person('Ada');
  const [{ app }] = quiet.nodes as [World['nodes'][number]];
  // It would find the rooms whose positions are put back here.
  clearInterval(app.get(NotificationDispatcher)['timer']);
  const costOf = async (rooms: number, people: number, messages: number) => {
    const bo = await quiet.person('Bo');
    const others = await Promise.all(Array.from({ length: people - 1 }, (_, i) => quiet.person(`p${i}`)));
    for (const person of [bo, ...others]) await subscribe(quiet, person, service.browser());
    const made: string[] = [];
    for (let i = 0; i < rooms; i++) {
      const room = await quiet.room([[ada, 'CUSTOMER'], ...[bo, ...others].map((one): [Person, string] => [one, 'WORKER'])]);
      for (let at = 0; at < messages; at++) await quiet.send(room, ada, `${at}`);
      made.push(room.id);
    }
    await untilAllIsPlanned(quiet);
    await quiet.sql('update notification_positions set sequence = 0 where room_id = any($1)', [made]);
    const look = await statementsDuring(() => app.get(Planner).look(made), undefined, quiet.database);
    await quiet.sql('update notification_turns set due_at = null where user_id <> $1', [bo.id]);
    const turn = await statementsDuring(() => clock.after(31_000), undefined, quiet.database);
    // Without the looks that every second brings, and those of the test itself.
    const own = (texts: string[]) =>
      texts.filter(
        (text) => /notification|from users u|with sample|sum\(mine/.test(text) && !/with page|with due|lease is not null/.test(text),
      ).length;
    return [own(look), own(turn)];
  };
  const one = await costOf(1, 1, 1);
  expect(one[0]).toBeGreaterThan(3);
  expect(one[1]).toBeGreaterThan(5);
  expect(await costOf(6, 10, 20)).toEqual(one);
});

test('who reads while they are told waits until that is written down, and holds nothing meanwhile', async () => {
  const browser = service.browser();
  const { ada, bo, room } = await aListener(browser);
  const { sequence } = await world.send(room, ada, 'one');
  await untilAllIsTold(world);
  await world.act(bo, 'markRead', { roomId: room.id, upToSequence: sequence });
  const dataSource = world.nodes[0]!.app.get(DataSource);
  const teller = dataSource.createQueryRunner();
  await teller.startTransaction();
  await teller.query("select from notification_turns where user_id = $1 and channel = 'PUSH' for update", [bo.id]);
  const reading = dataSource.transaction((tx) => takeOff(tx, [{ userId: bo.id, roomId: room.id }], new Date()));
  while (
    (await world.sql("select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).length === 0
  );
  await teller.query('update notifications set is_shown = true where user_id = $1', [bo.id]);
  await teller.commitTransaction();
  await teller.release();
  await reading;
  expect(await world.sql('select is_over from notifications where user_id = $1', [bo.id])).toEqual([{ is_over: true }]);
});
