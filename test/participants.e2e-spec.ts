import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../src/common/values/ids.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let host: Person;
let staff: Person;
let ada: Person;
let ben: Person;
let chi: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ LOG_LEVEL: 'silent' });
  host = await world.person('Host', 'SERVICE');
  ({ staff, ada, ben, chi } = await world.people('staff', 'ada', 'ben', 'chi'));
});

afterAll(() => world.stop());

beforeEach(async () => {
  room = await world.room([
    [staff, 'PHARMACY_STAFF'],
    [ada, 'ADMIN'],
    [ben, 'CLIENT'],
  ]);
});

interface Seat {
  userId: string;
  role: string;
  status: string;
  mutedUntil: string | null;
}

const SEAT = 'userId role status mutedUntil leftAt';
const step = (actor: Person, mutation: string, input: object = {}) => world.do<Seat>(actor, mutation, { roomId: room.id, ...input }, SEAT);
const refused = (actor: Person, mutation: string, input: object = {}) => world.refusal(actor, mutation, { roomId: room.id, ...input });
const on = (person: Person, more: object = {}) => ({ userId: person.id, ...more });

/** The room's log and its heads, straight from the tables. */
async function log() {
  const rows = await world.sql<{
    sequence: number;
    kind: string;
    content: string | null;
    metadata: Record<string, unknown> | null;
    sender_id: string | null;
  }>('select sequence, kind, content, metadata, sender_id from messages where room_id = $1 order by sequence', [room.id]);
  const [head] = await world.sql<{ last_sequence: number; revision: number; participant_count: number; seats: number }>(
    `select last_sequence, revision, participant_count,
       (select count(*) from participants p where p.room_id = r.id and p.status in ('ACTIVE', 'MUTED')) as seats from rooms r where id = $1`,
    [room.id],
  );
  expect(head).toMatchObject({ last_sequence: rows.length, revision: rows.length });
  expect(head?.participant_count).toBe(head?.seats);
  return rows;
}

const LATER = '2100-01-01T00:00:00.000Z';

describe('each change is one notice', () => {
  const muteBen = () => step(staff, 'muteParticipant', on(ben)).then(() => undefined);
  const blockBen = () => step(staff, 'blockParticipant', on(ben)).then(() => undefined);

  test.each<[string, () => [Person, string, object], object, string, object, (() => Promise<void>)?]>([
    [
      'adding',
      () => [staff, 'addParticipant', on(chi, { role: 'RIDER' })],
      { role: 'RIDER', status: 'ACTIVE' },
      'staff added chi',
      { event: 'participant.added', role: 'RIDER' },
    ],
    [
      'leaving',
      () => [ben, 'leaveRoom', { reason: 'done' }],
      { status: 'LEFT' },
      'ben left',
      { event: 'participant.left', reason: 'done' },
    ],
    [
      'removing',
      () => [staff, 'removeParticipant', on(ben, { reason: 'rude' })],
      { status: 'LEFT' },
      'staff removed ben',
      { event: 'participant.removed', reason: 'rude' },
    ],
    [
      'changing a role',
      () => [staff, 'changeParticipantRole', on(ben, { role: 'WORKER' })],
      { role: 'WORKER' },
      'staff made ben WORKER',
      { event: 'participant.roleChanged', role: 'WORKER' },
    ],
    [
      'muting',
      () => [staff, 'muteParticipant', on(ben)],
      { status: 'MUTED', mutedUntil: null },
      'staff muted ben',
      { event: 'participant.muted', until: null },
    ],
    [
      'muting for a time',
      () => [staff, 'muteParticipant', on(ben, { until: LATER })],
      { status: 'MUTED', mutedUntil: LATER },
      'staff muted ben',
      { event: 'participant.muted', until: LATER },
    ],
    [
      'unmuting',
      () => [staff, 'unmuteParticipant', on(ben)],
      { status: 'ACTIVE', mutedUntil: null },
      'staff unmuted ben',
      { event: 'participant.unmuted' },
      muteBen,
    ],
    [
      'blocking',
      () => [staff, 'blockParticipant', on(ben, { reason: 'spam' })],
      { status: 'BLOCKED' },
      'staff blocked ben',
      { event: 'participant.blocked', reason: 'spam' },
    ],
    [
      'unblocking',
      () => [staff, 'unblockParticipant', on(ben)],
      { status: 'ACTIVE', role: 'CLIENT' },
      'staff unblocked ben',
      { event: 'participant.unblocked' },
      blockBen,
    ],
  ])('%s', async (_, make, seat, content, metadata, ...[before]) => {
    await before?.();
    const earlier = await log();
    const [actor, mutation, input] = make();
    expect(await step(actor, mutation, input)).toMatchObject(seat);
    const [notice, ...more] = (await log()).slice(earlier.length);
    expect(more).toEqual([]);
    const userId = 'userId' in input ? input.userId : actor.id;
    expect(notice).toMatchObject({ kind: 'SYSTEM', sender_id: null, content, metadata: { actorId: actor.id, userId } });
    const { name: whom } = [ada, ben, staff, chi].find(({ id }) => id === userId)!;
    expect(notice?.metadata).toEqual({ ...metadata, actorId: actor.id, userId, words: { who: actor.name, whom, as: expect.any(String) } });
  });

  test('and there is none where nothing changed', async () => {
    const earlier = await log();
    expect(await step(staff, 'addParticipant', on(ben, { role: 'RIDER' }))).toMatchObject({ role: 'CLIENT', status: 'ACTIVE' });
    expect(await step(staff, 'changeParticipantRole', on(ben, { role: 'CLIENT' }))).toMatchObject({ role: 'CLIENT' });
    expect(await log()).toEqual(earlier);
    await step(staff, 'muteParticipant', on(ben, { until: LATER }));
    await step(staff, 'muteParticipant', on(ben, { until: LATER }));
    expect(await log()).toHaveLength(earlier.length + 1);
  });

  test('in the same commit: without the notice there is no change', async () => {
    const seats = () =>
      world.sql('select user_id, role, status, muted_until from participants where room_id = $1 order by user_id', [room.id]);
    const rooms = () => world.sql('select status, title, deleted_at, participant_count, last_sequence from rooms where id = $1', [room.id]);
    const before = [await seats(), await rooms()];
    await world.sql(`
      create function no_notices() returns trigger language plpgsql as $$ begin raise exception 'the disk is on fire'; end $$;
      create trigger no_notices before insert on messages for each row when (new.kind = 'SYSTEM') execute function no_notices()`);
    try {
      for (const [actor, mutation, input] of [
        [staff, 'addParticipant', on(chi, { role: 'CLIENT' })],
        [staff, 'removeParticipant', on(ben)],
        [staff, 'changeParticipantRole', on(ben, { role: 'WORKER' })],
        [staff, 'muteParticipant', on(ben)],
        [staff, 'blockParticipant', on(ben)],
        [ben, 'leaveRoom', {}],
        [ada, 'updateRoom', { title: 'x' }],
        [ada, 'closeRoom', {}],
        [ada, 'deleteRoom', {}],
      ] as const) {
        expect([mutation, await refused(actor, mutation, input)]).toEqual([mutation, 'INTERNAL']);
        expect([await seats(), await rooms()]).toEqual(before);
      }
    } finally {
      await world.sql('drop trigger no_notices on messages; drop function no_notices');
    }
  });
});

describe('what cannot be done is said', () => {
  test.each([
    ['adding nobody', 'addParticipant', () => ({ userId: newId(), role: 'CLIENT' }), 'BAD_USER_INPUT'],
    ['adding what is no id', 'addParticipant', () => ({ userId: 'chi', role: 'CLIENT' }), 'BAD_USER_INPUT'],
    ['adding an ADMIN, by one who is none', 'addParticipant', () => on(chi, { role: 'ADMIN' }), 'FORBIDDEN'],
    ['adding staff, by a fellow participant', 'addParticipant', () => on(chi, { role: 'SUPPORT_STAFF' }), 'FORBIDDEN'],
    ['making somebody staff', 'changeParticipantRole', () => on(ben, { role: 'MEDIATOR' }), 'FORBIDDEN'],
    ['making somebody ADMIN', 'changeParticipantRole', () => on(ben, { role: 'ADMIN' }), 'FORBIDDEN'],
    ['taking the role of an ADMIN', 'changeParticipantRole', () => on(ada, { role: 'CLIENT' }), 'FORBIDDEN'],
    ['changing who is not there', 'changeParticipantRole', () => on(chi, { role: 'CLIENT' }), 'BAD_USER_INPUT'],
    ['removing who is not there', 'removeParticipant', () => on(chi), 'BAD_USER_INPUT'],
    ['removing oneself', 'removeParticipant', () => on(staff), 'BAD_USER_INPUT'],
    ['muting oneself, in other letters', 'muteParticipant', () => ({ userId: staff.id.toUpperCase() }), 'BAD_USER_INPUT'],
    ['muting until yesterday', 'muteParticipant', () => on(ben, { until: '2020-01-01T00:00:00.000Z' }), 'BAD_USER_INPUT'],
    ['unmuting who is not muted', 'unmuteParticipant', () => on(ben), 'CONFLICT'],
    ['unblocking who is not blocked', 'unblockParticipant', () => on(ben), 'CONFLICT'],
    ['blocking who was never there', 'blockParticipant', () => on(chi), 'BAD_USER_INPUT'],
    ['an endless reason', 'removeParticipant', () => on(ben, { reason: 'x'.repeat(501) }), 'BAD_USER_INPUT'],
  ])('%s', async (_, mutation, input, code) => {
    const earlier = await log();
    expect(await refused(staff, mutation, input())).toBe(code);
    expect(await log()).toEqual(earlier);
  });

  test('an ADMIN makes and unmakes ADMINs; the platform decides over staff', async () => {
    expect(await refused(ada, 'changeParticipantRole', on(ben, { role: 'ADMIN' }))).toBe('OK');
    expect(await refused(ada, 'changeParticipantRole', on(ben, { role: 'CLIENT' }))).toBe('OK');
    expect(await refused(ada, 'changeParticipantRole', on(staff, { role: 'CLIENT' }))).toBe('FORBIDDEN');
    expect(await refused(host, 'changeParticipantRole', on(staff, { role: 'MEDIATOR' }))).toBe('OK');
    expect(await refused(host, 'addParticipant', on(chi, { role: 'FACILITY_STAFF' }))).toBe('OK');
  });

  test('a new role holds at once', async () => {
    expect(await refused(ben, 'removeParticipant', on(staff))).toBe('FORBIDDEN');
    await step(ada, 'changeParticipantRole', on(ben, { role: 'ADMIN' }));
    expect(await refused(ben, 'changeParticipantRole', on(ada, { role: 'OBSERVER' }))).toBe('OK');
    expect(await refused(ada, 'sendMessage', { content: 'x' })).toBe('FORBIDDEN');
  });

  test('a deactivated person cannot be added, but removed', async () => {
    const { dan, eve } = await world.people('dan', 'eve');
    await step(staff, 'addParticipant', on(dan, { role: 'CLIENT' }));
    await world.sql('update users set is_active = false where id = any($1)', [[dan.id, eve.id]]);
    expect(await refused(staff, 'addParticipant', on(eve, { role: 'CLIENT' }))).toBe('BAD_USER_INPUT');
    expect(await step(staff, 'removeParticipant', on(dan))).toMatchObject({ status: 'LEFT' });
    expect((await log()).at(-1)?.content).toBe('staff removed dan');
  });
});

describe('a mute', () => {
  const say = (person: Person) => refused(person, 'sendMessage', { content: 'Hello' });
  const can = async (person: Person) => {
    const document = 'query ($id: ID!) { room(id: $id) { viewer { can } } }';
    return (await world.as(person).get<{ room: { viewer: { can: string[] } } }>(document, { id: room.id })).room.viewer.can;
  };

  test('takes away speech, leaves the rest, and ends by itself when its time has come', async () => {
    const until = new Date(Date.now() + 3_000);
    await step(staff, 'muteParticipant', on(ben, { until: until.toISOString() }));
    expect(await say(ben)).toBe('MUTED');
    expect(await can(ben)).not.toContain('message.send');
    expect(await refused(ben, 'markRead', { upToSequence: 1 })).toBe('OK');
    await wait(until.getTime() - Date.now() + 5);
    expect(await say(ben)).toBe('OK');
    expect(await can(ben)).toContain('message.send');
  });

  test.each([
    ['without an end', null],
    ['with an end', LATER],
  ])('%s is not left behind by leaving', async (_, until) => {
    await world.act(ada, 'updateRoom', { roomId: room.id, visibility: 'PUBLIC' });
    await step(staff, 'muteParticipant', on(ben, { until }));
    expect(await step(ben, 'leaveRoom')).toMatchObject({ status: 'LEFT', mutedUntil: null });
    expect(await step(ben, 'joinRoom')).toMatchObject({ status: 'MUTED', mutedUntil: until });
    expect(await say(ben)).toBe('MUTED');
    await step(staff, 'unmuteParticipant', on(ben));
    expect(await say(ben)).toBe('OK');
    await step(ben, 'leaveRoom');
    expect(await step(ben, 'joinRoom')).toMatchObject({ status: 'ACTIVE' });
  });
});

describe('a block', () => {
  test('ends what is heard, hides the room, and gives the seat back when it is lifted', async () => {
    type Event = { roomEvents: { __typename: string } };
    const heard = world
      .as(ben)
      .subscribe<Event>('subscription ($id: ID!) { roomEvents(roomId: $id, after: 0) { __typename } }', { id: room.id });
    await heard.until((event) => event.roomEvents.__typename === 'MessageAdded');
    await step(staff, 'blockParticipant', on(ben));
    await world.send(room, ada, 'not for ben');
    expect((await heard.rest()).some((event) => event.roomEvents.__typename === 'MessageAdded')).toBe(false);
    expect(await world.as(ben).refusal('query ($id: ID!) { room(id: $id) { id } }', { id: room.id })).toBe('NOT_FOUND');
    expect(await refused(staff, 'addParticipant', on(ben, { role: 'CLIENT' }))).toBe('CONFLICT');
    expect(await refused(staff, 'removeParticipant', on(ben))).toBe('CONFLICT');

    await world.act(ada, 'updateRoom', { roomId: room.id, maxParticipants: 2 });
    expect(await refused(staff, 'unblockParticipant', on(ben))).toBe('ROOM_FULL');
    await world.act(ada, 'updateRoom', { roomId: room.id, maxParticipants: 3 });
    expect(await step(staff, 'unblockParticipant', on(ben))).toMatchObject({ status: 'ACTIVE', role: 'CLIENT' });
    expect(await refused(ben, 'sendMessage', { content: 'back' })).toBe('OK');
  });
});
