import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Heard } from './support/client.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let chi: Person;
let host: Person;

beforeAll(async () => {
  world = await World.start();
  ({ ada, ben, chi } = await world.people('ada', 'ben', 'chi'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

const ROOM = 'id code kind visibility status title titleIsCustom maxParticipants participantCount lastSequence revision isSensitive';
const SEEN = `query ($id: ID!) { room(id: $id) { ${ROOM} participants { userId role } viewer { role status can } } }`;

interface SeenRoom extends Room {
  title: string;
  status: string;
  participantCount: number;
  lastSequence: number;
  participants: { userId: string; role: string }[];
  viewer: { role: string | null; status: string | null; can: string[] };
}

const see = async (person: Person, { id }: { id: string }) => (await world.as(person).get<{ room: SeenRoom }>(SEEN, { id })).room;
const create = (person: Person, input: Record<string, unknown> = {}) => world.do<SeenRoom>(person, 'createRoom', input, ROOM);
const as = (role: string, ...people: Person[]) => people.map((person) => ({ userId: person.id, role }));
const listed = async (person: Person, filter: object | null = null) => {
  const document = 'query ($filter: RoomFilter) { rooms(first: 100, filter: $filter) { nodes { id } } }';
  return (await world.as(person).get<{ rooms: { nodes: Room[] } }>(document, { filter })).rooms.nodes.map((room) => room.id);
};
const notices = async (person: Person, { id }: { id: string }) => {
  const document = 'query ($id: ID!) { room(id: $id) { messages(filter: { kinds: [SYSTEM] }) { nodes { content metadata } } } }';
  const { room } = await world
    .as(person)
    .get<{ room: { messages: { nodes: { content: string; metadata: Record<string, unknown> }[] } } }>(document, { id });
  return room.messages.nodes;
};

describe('opening a room', () => {
  test.each([
    ['GROUP', 'GRP', 'ADMIN'],
    ['ORDER', 'ORD', 'CLIENT'],
    ['JOB', 'JOB', 'CLIENT'],
    ['APPOINTMENT', 'APT', 'CLIENT'],
    ['FACILITY', 'FAC', 'CLIENT'],
    ['SUPPORT', 'SUP', 'CLIENT'],
  ])('of kind %s gives it a code with %s, and its maker the role %s', async (kind, prefix, role) => {
    const room = await create(ada, { kind, participants: as('CLIENT', ben) });
    expect(room.code).toMatch(new RegExp(`^${prefix}-[0-9A-HJKMNP-TV-Z]{8}$`));
    expect(room).toMatchObject({
      kind,
      visibility: 'PRIVATE',
      status: 'OPEN',
      maxParticipants: 50,
      participantCount: 2,
      lastSequence: 1,
      revision: 1,
    });
    const seen = await see(ada, room);
    expect(seen.viewer).toMatchObject({ role, status: 'ACTIVE' });
    expect(seen.participants).toEqual(
      expect.arrayContaining([
        { userId: ada.id, role },
        { userId: ben.id, role: 'CLIENT' },
      ]),
    );
  });

  test('codes are unique', async () => {
    const rooms = await Promise.all(Array.from({ length: 50 }, () => create(ada)));
    expect(new Set(rooms.map((room) => room.code)).size).toBe(50);
  });

  test('a host system takes no seat unless it says as what', async () => {
    const room = await create(host, { kind: 'ORDER', participants: [...as('CUSTOMER', ada), ...as('PHARMACY_STAFF', ben)] });
    expect(room.participantCount).toBe(2);
    expect((await see(host, room)).viewer).toMatchObject({ role: null, status: null });
    expect((await create(host, { kind: 'ORDER', as: 'SUPPORT_STAFF' })).participantCount).toBe(1);
  });

  test.each(['SUPPORT_STAFF', 'MEDIATOR', 'PHARMACY_STAFF', 'FACILITY_STAFF'])(
    '%s is a role that only the platform gives',
    async (role) => {
      const support = await world.person('support', 'SUPPORT');
      expect(await world.refusal(ada, 'createRoom', { participants: as(role, ben) })).toBe('FORBIDDEN');
      expect(await world.refusal(ada, 'createRoom', { as: role })).toBe('FORBIDDEN');
      expect(await world.refusal(ada, 'openDirectRoom', { userId: ben.id, as: role })).toBe('FORBIDDEN');
      for (const giver of [host, support]) expect(await world.refusal(giver, 'createRoom', { participants: as(role, ben) })).toBe('OK');
    },
  );

  test('ADMIN is for who opens a GROUP, and for whom they choose', async () => {
    expect(await world.refusal(ada, 'createRoom', { participants: as('ADMIN', ben) })).toBe('OK');
    expect(await world.refusal(ada, 'createRoom', { kind: 'ORDER', as: 'ADMIN' })).toBe('FORBIDDEN');
    expect(await world.refusal(ada, 'createRoom', { kind: 'ORDER', participants: as('ADMIN', ben) })).toBe('FORBIDDEN');
  });

  test.each([
    ['somebody twice', () => ({ participants: as('CLIENT', ben, ben) }), 'BAD_USER_INPUT'],
    [
      'somebody twice, in other letters',
      () => ({ participants: [...as('CLIENT', ben), { userId: ben.id.toUpperCase(), role: 'CLIENT' }] }),
      'BAD_USER_INPUT',
    ],
    ['oneself as an invited person', () => ({ participants: as('CLIENT', ada) }), 'BAD_USER_INPUT'],
    ['nobody known', () => ({ participants: [{ userId: '01900000-0000-7000-8000-000000000000', role: 'CLIENT' }] }), 'BAD_USER_INPUT'],
    ['no id', () => ({ participants: [{ userId: 'ben', role: 'CLIENT' }] }), 'BAD_USER_INPUT'],
    ['more people than seats', () => ({ maxParticipants: 2, participants: as('CLIENT', ben, chi) }), 'ROOM_FULL'],
    ['one seat', () => ({ maxParticipants: 1 }), 'BAD_USER_INPUT'],
    ['51 seats', () => ({ maxParticipants: 51 }), 'BAD_USER_INPUT'],
    ['kind DIRECT', () => ({ kind: 'DIRECT' }), 'BAD_USER_INPUT'],
    ['an empty title', () => ({ title: '   ' }), 'BAD_USER_INPUT'],
    ['a title of 201 characters', () => ({ title: 'x'.repeat(201) }), 'BAD_USER_INPUT'],
  ])('with %s is refused', async (_, input, code) => {
    const before = await world.sql('select count(*)::int as rooms from rooms');
    expect(await world.refusal(ada, 'createRoom', input())).toBe(code);
    expect(await world.sql('select count(*)::int as rooms from rooms')).toEqual(before);
  });
});

describe('the title of a room', () => {
  test('is made from the people until somebody names it, and again when the name is taken back', async () => {
    const room = await create(ada, { participants: as('CLIENT', ben) });
    expect(room).toMatchObject({ title: 'ada, ben', titleIsCustom: false });
    const add = (person: Person) => world.act(ada, 'addParticipant', { roomId: room.id, userId: person.id, role: 'CLIENT' });
    await add(chi);
    expect((await see(ada, room)).title).toBe('ada, ben, chi');

    await world.act(ada, 'updateRoom', { roomId: room.id, title: 'The plan' });
    await world.act(chi, 'leaveRoom', { roomId: room.id });
    expect(await see(ada, room)).toMatchObject({ title: 'The plan', titleIsCustom: true });

    await world.act(ada, 'updateRoom', { roomId: room.id, visibility: 'PUBLIC' });
    expect(await see(ada, room)).toMatchObject({ title: 'The plan', visibility: 'PUBLIC' });

    await world.act(ada, 'updateRoom', { roomId: room.id, title: null });
    expect(await see(ada, room)).toMatchObject({ title: 'ada, ben', titleIsCustom: false });
    await world.act(ben, 'leaveRoom', { roomId: room.id });
    expect((await see(ada, room)).title).toBe('ada');
  });

  test('counts those whom it does not name', async () => {
    const { dan, eve } = await world.people('dan', 'eve');
    const four = await create(ada, { participants: as('CLIENT', ben, chi, dan) });
    expect(four.title).toMatch(/^(\w+, ){2}\w+ and 1 other$/);
    const five = await create(ada, { participants: as('CLIENT', ben, chi, dan, eve) });
    expect(five.title).toMatch(/^(\w+, ){2}\w+ and 2 others$/);
  });

  test('comes with a notice when it changes, and with none when nothing does', async () => {
    const room = await create(ada, { title: 'Old', participants: as('CLIENT', ben) });
    await world.act(ada, 'updateRoom', { roomId: room.id, title: 'Old' });
    await world.act(ada, 'updateRoom', { roomId: room.id });
    expect(await notices(ada, room)).toHaveLength(1);
    await world.act(ada, 'updateRoom', { roomId: room.id, title: 'New' });
    expect((await notices(ben, room)).at(-1)).toMatchObject({
      content: 'ada renamed the room to "New"',
      metadata: { event: 'room.updated', actorId: ada.id, title: 'New' },
    });
  });

  test('fewer seats than people are refused', async () => {
    const room = await create(ada, { participants: as('CLIENT', ben, chi) });
    expect(await world.refusal(ada, 'updateRoom', { roomId: room.id, maxParticipants: 2 })).toBe('BAD_USER_INPUT');
    expect(await world.refusal(ada, 'updateRoom', { roomId: room.id, maxParticipants: 3 })).toBe('OK');
    expect(await world.refusal(ada, 'addParticipant', { roomId: room.id, userId: host.id, role: 'CLIENT' })).toBe('ROOM_FULL');
  });
});

describe('the life of a room', () => {
  let room: Room;
  let staff: Person;
  const step = (person: Person, mutation: string, more: object = {}) => world.refusal(person, mutation, { roomId: room.id, ...more });
  const say = (person: Person) => step(person, 'sendMessage', { content: 'Hello' });

  beforeAll(async () => {
    staff = await world.person('staff');
    room = await world.room([
      [ada, 'CUSTOMER'],
      [staff, 'PHARMACY_STAFF'],
      [ben, 'ADMIN'],
    ]);
  });

  test('closed, it is read-only except for staff', async () => {
    await world.act(staff, 'closeRoom', { roomId: room.id, reason: 'delivered' });
    expect((await notices(ada, room)).at(-1)).toMatchObject({
      content: 'staff closed the room',
      metadata: { event: 'room.closed', actorId: staff.id, reason: 'delivered' },
    });
    expect(await say(ada)).toBe('ROOM_CLOSED');
    expect(await say(staff)).toBe('OK');
    expect(await listed(ada)).toContain(room.id);
    const { errors } = await world.as(staff).ask('mutation ($id: ID!) { closeRoom(input: { roomId: $id }) { id } }', { id: room.id });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'ILLEGAL_TRANSITION', from: 'CLOSED', allowed: ['room.reopen', 'room.archive'] });
  });

  test('archived, it is read-only for everybody and leaves the default list', async () => {
    await world.act(staff, 'archiveRoom', { roomId: room.id });
    for (const person of [ada, staff, ben]) expect(await say(person)).toBe('ROOM_CLOSED');
    expect(await listed(ada)).not.toContain(room.id);
    expect(await listed(ada, { status: ['ARCHIVED'] })).toContain(room.id);
    expect((await see(ada, room)).status).toBe('ARCHIVED');
  });

  test('reopened by those who may, it is as before', async () => {
    expect(await step(ada, 'reopenRoom')).toBe('FORBIDDEN');
    expect(await step(staff, 'reopenRoom')).toBe('ILLEGAL_TRANSITION');
    expect(await step(ben, 'reopenRoom')).toBe('OK');
    expect(await say(ada)).toBe('OK');
    expect(await listed(ada)).toContain(room.id);
  });

  test('deleted, it is gone for everybody, and whoever listens hears the end', async () => {
    const EVENTS =
      'subscription ($id: ID!) { roomEvents(roomId: $id, after: 0) { __typename ... on MessageAdded { message { metadata } } } }';
    type Event = { roomEvents: { message?: { metadata: { event?: string } | null } } };
    const listeners: Heard<Event>[] = [ada, staff, host].map((person) => world.as(person).subscribe<Event>(EVENTS, { id: room.id }));
    const isReopened = (event: Event) => event.roomEvents.message?.metadata?.event === 'room.reopened';
    await Promise.all(listeners.map((heard) => heard.until(isReopened)));

    expect(await step(staff, 'deleteRoom')).toBe('FORBIDDEN');
    expect(await world.as(ben).get('mutation ($id: ID!) { deleteRoom(input: { roomId: $id }) }', { id: room.id })).toEqual({
      deleteRoom: true,
    });
    for (const heard of listeners) {
      const rest = await heard.rest();
      expect(rest.some((event) => event.roomEvents.message?.metadata?.event === 'room.deleted')).toBe(false);
    }
    for (const person of [ada, ben, staff, host]) {
      expect(await world.as(person).refusal(SEEN, { id: room.id })).toBe('NOT_FOUND');
      expect(await world.as(person).refusal('query ($code: String!) { roomByCode(code: $code) { id } }', { code: room.code })).toBe(
        'NOT_FOUND',
      );
      expect(await say(person)).toBe('NOT_FOUND');
    }
    expect(await listed(ada, { status: ['OPEN', 'CLOSED', 'ARCHIVED'] })).not.toContain(room.id);
    expect(await step(ben, 'deleteRoom')).toBe('NOT_FOUND');
  });
});

describe('finding a room', () => {
  const BY_CODE = 'query ($code: String!) { roomByCode(code: $code) { id } }';
  const WITH = 'query ($userIds: [ID!]!, $kind: RoomKind) { roomWith(userIds: $userIds, kind: $kind) { id } }';
  const roomWith = async (person: Person, userIds: string[], kind: string | null = null) =>
    (await world.as(person).get<{ roomWith: Room | null }>(WITH, { userIds, kind })).roomWith?.id ?? null;

  test('by its code, in any case', async () => {
    const room = await create(ada);
    for (const code of [room.code, room.code.toLowerCase()]) {
      expect(await world.as(ada).get(BY_CODE, { code })).toEqual({ roomByCode: { id: room.id } });
    }
  });

  test('by exactly the people who are in it now', async () => {
    const { dan, eve, fay } = await world.people('dan', 'eve', 'fay');
    const pair = await create(dan, { kind: 'ORDER', participants: as('CLIENT', eve) });
    const trio = await create(dan, { participants: as('CLIENT', eve, fay) });
    expect(await roomWith(dan, [eve.id])).toBe(pair.id);
    expect(await roomWith(eve, [dan.id.toUpperCase(), dan.id, eve.id])).toBe(pair.id);
    expect(await roomWith(fay, [eve.id, dan.id])).toBe(trio.id);
    expect(await roomWith(dan, [eve.id], 'JOB')).toBeNull();
    expect(await roomWith(dan, [fay.id])).toBeNull();
    expect(await roomWith(dan, ['nobody'])).toBeNull();
    expect(await roomWith(dan, [dan.id])).toBeNull();
    await world.act(eve, 'leaveRoom', { roomId: trio.id });
    expect(await roomWith(dan, [fay.id])).toBe(trio.id);
    expect(await roomWith(eve, [dan.id, fay.id])).toBeNull();
  });

  test('a public one by part of its title, until it closes, and without what only its people may know', async () => {
    const PUBLIC = 'query ($title: String) { publicRooms(title: $title) { nodes { id title participantCount } } }';
    const found = async (title: string) =>
      (await world.as(chi).get<{ publicRooms: { nodes: Room[] } }>(PUBLIC, { title })).publicRooms.nodes.map(({ id }) => id);
    const open = await create(ada, { title: 'Chess 100% fun', visibility: 'PUBLIC' });
    const hidden = await create(ada, { title: 'Chess 100% secret' });
    expect(await found('CHESS 100%')).toEqual([open.id]);
    expect(await found('chess%fun')).toEqual([]);
    expect(await world.as(chi).refusal('{ publicRooms { nodes { lastMessage { preview } } } }')).toBe('BAD_USER_INPUT');
    await world.act(ada, 'updateRoom', { roomId: hidden.id, visibility: 'PUBLIC' });
    expect(await found('chess')).toEqual([hidden.id, open.id]);
    await world.act(ada, 'closeRoom', { roomId: hidden.id });
    await world.act(ada, 'deleteRoom', { roomId: open.id });
    expect(await found('chess')).toEqual([]);
  });
});
