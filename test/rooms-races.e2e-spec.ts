import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../src/common/values/ids.js';
import { RACING } from './support/node.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let crowd: Person[];

beforeAll(async () => {
  world = await World.start(RACING);
  ada = await world.person('ada');
  crowd = await Promise.all(Array.from({ length: 50 }, (_, i) => world.person(`guest${i}`)));
});

afterAll(() => world.stop());

const seatsOf = (room: Room) =>
  world.sql<{ user_id: string; status: string; last_read_sequence: number }>(
    'select user_id, status, last_read_sequence from participants where room_id = $1 order by joined_at, user_id',
    [room.id],
  );
const headOf = async (room: Room) => {
  const [head] = await world.sql(
    `select last_sequence as last, revision, participant_count as people, (select count(*) from messages m where m.room_id = r.id and m.kind = 'SYSTEM') as notices
     from rooms r where id = $1`,
    [room.id],
  );
  return head;
};

describe('a direct room', () => {
  const open = (person: Person, other: Person) =>
    world.do<Room>(person, 'openDirectRoom', { userId: other.id }, 'id code kind participantCount lastSequence');

  test('opened by 50 callers at once is one room, with one notice', async () => {
    const [ben, chi] = crowd as [Person, Person];
    const rooms = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? open(ben, chi) : open(chi, ben))));
    expect(new Set(rooms.map((room) => room.id)).size).toBe(1);
    expect(rooms[0]).toMatchObject({ kind: 'DIRECT', participantCount: 2, lastSequence: 1, code: expect.stringMatching(/^DIR-/) });
    expect(await world.sql(`select count(*) as rooms from rooms where kind = 'DIRECT'`)).toEqual([{ rooms: 1 }]);
  });

  test('is entered again by who left it and opens it again; the other hears so once', async () => {
    const [, , ben, chi] = crowd as [Person, Person, Person, Person];
    const room = await open(ben, chi);
    await world.act(ben, 'leaveRoom', { roomId: room.id });
    const again = await Promise.all([open(ben, chi), open(ben, chi), open(chi, ben)]);
    expect(again.map(({ id }) => id)).toEqual([room.id, room.id, room.id]);
    expect(await headOf(room)).toEqual({ last: 3, revision: 3, people: 2, notices: 3 });
  });

  test('does not open for whom the other has had blocked', async () => {
    const [, , , , ben, chi] = crowd as [Person, Person, Person, Person, Person, Person];
    const room = await open(ben, chi);
    await world.act(await world.person('support', 'SUPPORT'), 'blockParticipant', { roomId: room.id, userId: ben.id });
    expect(await world.refusal(ben, 'openDirectRoom', { userId: chi.id })).toBe('NOT_FOUND');
    expect((await open(chi, ben)).id).toBe(room.id);
  });

  test('deleted, makes way for a new one', async () => {
    const [, , , , , , ben, chi] = crowd as [Person, Person, Person, Person, Person, Person, Person, Person];
    const room = await open(ben, chi);
    await world.act(await world.person('admin', 'ADMIN'), 'deleteRoom', { roomId: room.id });
    const [one, other] = await Promise.all([open(ben, chi), open(chi, ben)]);
    expect(one.id).toBe(other.id);
    expect(one.id).not.toBe(room.id);
  });

  test.each([
    ['oneself', () => ada.id],
    ['oneself in other letters', () => ada.id.toUpperCase()],
    ['nobody', () => newId()],
    ['no id', () => 'ben'],
  ])('with %s is refused', async (_, userId) => {
    expect(await world.refusal(ada, 'openDirectRoom', { userId: userId() })).toBe('BAD_USER_INPUT');
  });
});

describe('a public room', () => {
  const publicRoom = (input: object = {}) => world.do<Room>(ada, 'createRoom', { visibility: 'PUBLIC', ...input }, 'id code');
  const join = (person: Person, room: Room, more: object = {}) => world.refusal(person, 'joinRoom', { roomId: room.id, ...more });

  test('with one free seat takes one of 50 who join at once', async () => {
    const room = await publicRoom({ maxParticipants: 2 });
    const codes = await Promise.all(crowd.map((person) => join(person, room)));
    expect(codes.filter((code) => code === 'OK')).toHaveLength(1);
    expect(codes.filter((code) => code === 'ROOM_FULL')).toHaveLength(49);
    expect(await seatsOf(room)).toHaveLength(2);
    expect(await headOf(room)).toEqual({ last: 2, revision: 2, people: 2, notices: 2 });
  });

  test('gives one seat to one person who joins ten times at once', async () => {
    const room = await publicRoom();
    const [ben] = crowd as [Person];
    expect(await Promise.all(Array.from({ length: 10 }, () => join(ben, room)))).toEqual(Array.from({ length: 10 }, () => 'OK'));
    expect(await headOf(room)).toMatchObject({ people: 2, notices: 2 });
  });

  test('takes nobody as staff, except platform staff', async () => {
    const room = await publicRoom();
    const [ben] = crowd as [Person];
    for (const role of ['ADMIN', 'SUPPORT_STAFF', 'MEDIATOR', 'PHARMACY_STAFF', 'FACILITY_STAFF']) {
      expect([role, await join(ben, room, { as: role })]).toEqual([role, 'FORBIDDEN']);
    }
    expect(await join(ben, room, { as: 'CUSTOMER' })).toBe('OK');
    expect(await join(await world.person('support', 'SUPPORT'), room, { as: 'SUPPORT_STAFF' })).toBe('OK');
  });

  test('turned private, closed or against somebody blocked does not open', async () => {
    const room = await publicRoom();
    const [ben, chi, dan] = crowd as [Person, Person, Person];
    await world.act(ada, 'addParticipant', { roomId: room.id, userId: ben.id, role: 'CLIENT' });
    await world.act(ada, 'blockParticipant', { roomId: room.id, userId: ben.id });
    expect(await join(ben, room)).toBe('NOT_FOUND');
    const found = async (person: Person) =>
      JSON.stringify(await world.as(person).get('{ publicRooms(first: 100) { nodes { id } } }')).includes(room.id);
    expect([await found(ben), await found(chi)]).toEqual([false, true]);

    await world.act(ada, 'closeRoom', { roomId: room.id });
    expect(await join(chi, room)).toBe('ROOM_CLOSED');
    await world.act(ada, 'reopenRoom', { roomId: room.id });
    expect(await join(chi, room)).toBe('OK');
    await world.act(ada, 'updateRoom', { roomId: room.id, visibility: 'PRIVATE' });
    expect(await join(dan, room)).toBe('NOT_FOUND');
    expect(await join(chi, room)).toBe('OK');
    await world.act(chi, 'leaveRoom', { roomId: room.id });
    expect(await join(chi, room)).toBe('NOT_FOUND');
  });

  test('left and entered again keeps one row for the person, and how far they had read', async () => {
    const room = await publicRoom();
    const [ben] = crowd as [Person];
    await join(ben, room);
    await world.send(room, ada, 'one');
    await world.act(ben, 'markRead', { roomId: room.id, upToSequence: 3 });
    await world.act(ben, 'leaveRoom', { roomId: room.id, reason: 'holiday' });
    expect(await seatsOf(room)).toMatchObject([{}, { user_id: ben.id, status: 'LEFT' }]);
    await world.send(room, ada, 'while away');
    await join(ben, room, { as: 'WORKER' });
    const rows = await seatsOf(room);
    expect(rows).toHaveLength(2);
    expect(rows.find((row) => row.user_id === ben.id)).toMatchObject({ status: 'ACTIVE', last_read_sequence: 3 });
    const { room: seen } = await world
      .as(ben)
      .get('query ($id: ID!) { room(id: $id) { viewer { role unreadCount lastReadSequence } } }', { id: room.id });
    expect(seen).toEqual({ viewer: { role: 'WORKER', unreadCount: 1, lastReadSequence: 3 } });
  });
});

describe('the database refuses by itself', () => {
  let room: Room;

  beforeAll(async () => {
    room = await world.room([
      [ada, 'CUSTOMER'],
      [crowd[0]!, 'RIDER'],
    ]);
    await world.send(room, ada, 'Hello');
  });

  const newRoom = (columns: string, values: string) =>
    `insert into rooms (id, code, kind, title${columns}) values (gen_random_uuid(), md5(random()::text), 'GROUP', 'x'${values})`;
  const newMessage = (columns: string, values: string) =>
    `insert into messages (room_id, id, kind, content, created_revision, revision, sequence${columns}) select id, gen_random_uuid(), 'TEXT', 'x', 9, 9, ${values} from rooms where id = $1`;

  test.each([
    ['one seat', newRoom(', max_participants', ', 1'), 'rooms_max_participants_check'],
    ['51 seats', newRoom(', max_participants', ', 51'), 'rooms_max_participants_check'],
    ['more people than seats', newRoom(', max_participants, participant_count', ', 2, 3'), 'rooms_participant_count_check'],
    ['fewer people than none', newRoom(', participant_count', ', -1'), 'rooms_participant_count_check'],
    ['an empty title', `update rooms set title = '' where id = $1`, 'rooms_title_check'],
    ['a kind that does not exist', `update rooms set kind = 'PARTY' where id = $1`, 'rooms_kind_check'],
    ['a status that does not exist', `update rooms set status = 'GONE' where id = $1`, 'rooms_status_check'],
    ['a revision behind the sequence', 'update rooms set revision = last_sequence - 1 where id = $1', 'rooms_head_check'],
    [
      'the code of another room',
      `insert into rooms (id, code, kind, title) select gen_random_uuid(), code, kind, title from rooms where id = $1`,
      'rooms_code_key',
    ],
    [
      'a participant twice',
      `insert into participants (room_id, user_id, role) select room_id, user_id, 'CLIENT' from participants where room_id = $1 limit 1`,
      'participants_pkey',
    ],
    [
      'a participant who does not exist',
      `insert into participants (room_id, user_id, role) select $1, gen_random_uuid(), 'CLIENT'`,
      'participants_user_id_fkey',
    ],
    ['a role that does not exist', `update participants set role = 'KING' where room_id = $1`, 'participants_role_check'],
    ['a mute of who is not muted', 'update participants set muted_until = now() where room_id = $1', 'participants_muted_check'],
    [
      'more read than delivered',
      'update participants set last_read_sequence = last_delivered_sequence + 1 where room_id = $1',
      'participants_positions_check',
    ],
    ['a sequence twice', newMessage('', '1'), 'messages_pkey'],
    ['a revision before the sequence', newMessage('', '10'), 'messages_revision_check'],
    [
      'a message by who was never there',
      newMessage(', sender_id', `3, (select id from users u where not exists (select from participants p where p.user_id = u.id) limit 1)`),
      'messages_sender_fkey',
    ],
    ['a deleted message that still speaks', 'update messages set deleted_at = now() where room_id = $1', 'messages_tombstone_check'],
    ['an empty message', `update messages set content = '' where room_id = $1`, 'messages_content_check'],
    ['a room whose revision is taken', 'update messages set revision = 2 where room_id = $1', 'messages_revision'],
  ])('%s', async (_, statement, constraint) => {
    const refused = world.sql(statement, statement.includes('$1') ? [room.id] : []);
    await expect(refused).rejects.toMatchObject({ constraint });
  });

  test('two rooms for one pair', async () => {
    const insert = (pair: string | null) =>
      world.sql(`insert into rooms (id, code, kind, title, pair_key) values (gen_random_uuid(), md5(random()::text), 'DIRECT', 'x', $1)`, [
        pair,
      ]);
    await insert('DIRECT:a:b');
    await expect(insert('DIRECT:a:b')).rejects.toMatchObject({ constraint: 'rooms_pair_key_key' });
    await insert(null);
    await insert(null);
  });
});
