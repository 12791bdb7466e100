import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { aStudyUid } from './support/facilities.js';
import { RACING } from './support/node.js';
import { type Person, World } from './support/world.js';

let world: World;
let host: Person;
let tom: Person, mia: Person;
let facility: { id: string; room: { id: string } };

beforeAll(async () => {
  world = await World.start({ ...RACING, LOG_LEVEL: 'silent' });
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  ({ tom, mia } = await world.people('tom', 'mia'));
  facility = await world.do(host, 'createFacility', { name: 'North' }, 'id room { id }');
  for (const { id: userId } of [tom, mia])
    await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId, role: 'TECHNICIAN' });
});

const membership = () => ({ facilityId: facility.id, userId: mia.id });
const dismiss = () => world.refusal(host, 'removeFacilityMember', membership());

/** In which rooms mia has a seat. */
const seats = async () =>
  (
    await world.sql<{ id: string }>(`select room_id as id from participants where user_id = $1 and status in ('ACTIVE', 'MUTED')`, [mia.id])
  ).map(({ id }) => id);

/** Locks what the statement finds, until it is told to let go. */
async function hold(text: string, values: unknown[]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: world.database.url });
  await client.connect();
  await client.query('begin');
  await client.query(text, values);
  return async () => {
    await client.query('rollback');
    await client.end();
  };
}

/** Until so many transactions wait for a lock, or the work is done without. */
async function untilWaiting(count: number, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const done = () => (isDone = true);
  void work.then(done, done);
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while (!isDone && (await world.sql(waiting)).length < count) await setTimeout(5);
}

test.each([
  ['who is dismissed while they write to their facility', dismiss],
  [
    'who writes to their facility while it ceases to be active',
    () => world.refusal(host, 'updateFacility', { facilityId: facility.id, isActive: false }),
  ],
])('%s gets no seat by it, and nothing is sent', async (_, end) => {
  // Who has left the room comes back by writing.
  await world.act(mia, 'leaveRoom', { roomId: facility.room.id });
  const letGo = await hold('select from rooms where id = $1 for no key update', [facility.room.id]);
  const ending = end();
  await untilWaiting(1, ending);
  const writing = world.refusal(mia, 'sendMessageTo', { facilityId: facility.id, content: 'Hello' });
  await untilWaiting(2, writing);
  await letGo();
  expect([await ending, await writing]).toEqual(['OK', 'NOT_FOUND']);
  expect(await seats()).toEqual([]);
  expect(await world.sql('select content from messages where sender_id = $1', [mia.id])).toEqual([]);
});

describe('who is dismissed while they are added to the room of a study', () => {
  let study: string;
  const add = () => world.refusal(tom, 'addParticipant', { roomId: study, userId: mia.id, role: 'CLIENT' });

  beforeEach(async () => {
    const input = { facilityId: facility.id, studyUid: aStudyUid(), memberIds: [tom.id] };
    study = (await world.do<{ roomId: string }>(tom, 'registerStudy', input, 'roomId')).roomId;
  });

  test('has no seat left there, if they were added first', async () => {
    // Somebody can only be seated once this lets go of them.
    const letGo = await hold('select from users where id = $1 for update', [mia.id]);
    const adding = add();
    await untilWaiting(1, adding);
    const dismissal = dismiss();
    await untilWaiting(2, dismissal);
    await letGo();
    expect([await adding, await dismissal]).toEqual(['OK', 'OK']);
    expect(await seats()).toEqual([]);
  });

  test('is not added, if they were dismissed first', async () => {
    const letGo = await hold('select from participants where room_id = $1 and user_id = $2 for update', [facility.room.id, mia.id]);
    const dismissal = dismiss();
    await untilWaiting(1, dismissal);
    const adding = add();
    await untilWaiting(2, adding);
    await letGo();
    expect([await dismissal, await adding]).toEqual(['OK', 'FORBIDDEN']);
    expect(await seats()).toEqual([]);
  });

  test('has no seat left there, however close the two are', async () => {
    for (let round = 0; round < 25; round++) {
      await Promise.all([add(), dismiss()]);
      expect(await seats()).toEqual([]);
      await world.act(host, 'addFacilityMember', membership());
    }
  });
});

test('a seat that is left of a membership that is over goes when it is ended again; who of the platform was invited stays', async () => {
  await world.sql('update facility_members set until_at = now() where facility_id = $1 and user_id = $2', [facility.id, mia.id]);
  expect(await seats()).toEqual([facility.room.id]);
  expect([await dismiss(), await dismiss()]).toEqual(['OK', 'OK']);
  expect(await seats()).toEqual([]);

  mia = await world.person('Sue', 'SUPPORT');
  await world.act(host, 'addParticipant', { roomId: facility.room.id, userId: mia.id, role: 'SUPPORT_STAFF' });
  expect(await dismiss()).toBe('OK');
  expect(await seats()).toEqual([facility.room.id]);
});

test('nothing is said in the room of a facility after it has ceased to be active, however close the two are', async () => {
  const end = (isActive: boolean) => world.act(host, 'updateFacility', { facilityId: facility.id, isActive });
  const say = (content: string) => world.refusal(tom, 'sendMessage', { roomId: facility.room.id, content });
  const answers = new Set<string>();
  for (let round = 0; round < 15; round++) {
    const [, ...said] = await Promise.all([end(false), ...['a', 'b', 'c', 'd'].map(say)]);
    for (const answer of [...said, await say('afterwards')]) answers.add(answer);
    const [last] = await world.sql(`select metadata->>'event' as event from messages where room_id = $1 order by sequence desc limit 1`, [
      facility.room.id,
    ]);
    expect(last).toEqual({ event: 'room.archived' });
    await end(true);
  }
  expect([...answers].filter((answer) => answer !== 'OK')).toEqual(['ROOM_CLOSED']);
});
