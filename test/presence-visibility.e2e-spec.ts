import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { statementsDuring } from './support/statements.js';
import { type Person, type Room, World } from './support/world.js';

const USER = 'query ($id: ID!) { userByExternalId(externalId: $id) { isOnline lastSeenAt isPresenceHidden } }';

let world: World;
let ada: Person, ben: Person, staff: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.stop());

beforeEach(async () => {
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  room = await world.room([
    [ada, 'CLIENT'],
    [ben, 'CLIENT'],
    [staff, 'SUPPORT_STAFF'],
  ]);
});

const see = async (person: Person, by: Person) => {
  const { userByExternalId } = await world.as(by).get<{ userByExternalId: object }>(USER, { id: person.externalId });
  return userByExternalId;
};

test('presence is for the person, for who is in a room with them, for platform staff and for the host', async () => {
  const { stranger, former } = await world.people('stranger', 'former');
  const both = await world.room([
    [ben, 'CLIENT'],
    [former, 'CLIENT'],
  ]);
  await world.room([[stranger, 'CLIENT']]);
  await world.sql('update users set last_seen_at = now() where id = $1', [ben.id]);
  const shown = { isOnline: true, lastSeenAt: expect.any(String), isPresenceHidden: false };
  const hidden = { isOnline: null, lastSeenAt: null, isPresenceHidden: false };
  const staffOf = (role: string) => world.person('staff', role);
  for (const other of [ben, ada, former, await staffOf('SUPPORT'), await staffOf('ADMIN'), await staffOf('SERVICE')]) {
    expect(await see(ben, other)).toEqual(shown);
  }
  expect(await see(ben, stranger)).toEqual(hidden);
  await world.act(former, 'leaveRoom', { roomId: both.id });
  expect(await see(ben, former)).toEqual(hidden);
  await world.act(staff, 'blockParticipant', { roomId: room.id, userId: ada.id });
  expect(await see(ben, ada)).toEqual(hidden);
  await world.act(await staffOf('ADMIN'), 'deleteRoom', { roomId: room.id });
  expect(await see(ben, staff)).toEqual(hidden);
});

test('presence of all the people of a room is asked for at once', async () => {
  const query = 'query ($id: ID!) { room(id: $id) { participants { user { isOnline lastSeenAt } } } }';
  const ask = () => world.as(ada).get(query, { id: room.id });
  await ask();
  const statements = await statementsDuring(ask);
  expect(statements.filter((text) => text.includes('participants mine'))).toHaveLength(1);
});
