import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aStudyUid } from './support/facilities.js';
import { type Person, World } from './support/world.js';

let world: World;
let host: Person;
let tom: Person, mia: Person;
let facility: { id: string; room: { id: string } };

beforeAll(async () => {
  world = await World.start();
  host = await world.person('Host', 'SERVICE');
  ({ tom, mia } = await world.people('tom', 'mia'));
  facility = await world.do(host, 'createFacility', { name: 'North' }, 'id room { id }');
  for (const { id: userId } of [tom, mia])
    await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId, role: 'TECHNICIAN' });
});

afterAll(() => world.stop());

const update = (input: object) =>
  world.do(host, 'updateFacility', { facilityId: facility.id, ...input }, 'name isActive room { title status }');

test('a facility is renamed, and its room with it until the room has a name of its own', async () => {
  expect(await world.refusal(tom, 'updateFacility', { facilityId: facility.id, name: 'Mine' })).toBe('FORBIDDEN');
  expect(await world.refusal(host, 'updateFacility', { facilityId: tom.id, name: 'Nothing' })).toBe('NOT_FOUND');
  expect(await update({ name: 'South' })).toMatchObject({ name: 'South', isActive: true, room: { title: 'South' } });
  await world.act(tom, 'updateRoom', { roomId: facility.room.id, title: 'Our room' });
  expect(await update({ name: 'West' })).toMatchObject({ name: 'West', room: { title: 'Our room' } });
});

test('one that is no longer active takes no studies, messages or members, and its room is archived until it is active again', async () => {
  const { id: userId } = await world.person('new');
  const tries = () =>
    Promise.all([
      world.refusal(tom, 'registerStudy', { facilityId: facility.id, studyUid: aStudyUid() }),
      world.refusal(tom, 'sendMessageTo', { facilityId: facility.id, content: 'Hello' }),
      world.refusal(tom, 'sendMessageTo', { recipientId: mia.id, content: 'Hello' }),
      world.refusal(host, 'addFacilityMember', { facilityId: facility.id, userId }),
    ]);
  for (let time = 0; time < 2; time++)
    expect(await update({ isActive: false })).toMatchObject({ isActive: false, room: { status: 'ARCHIVED' } });
  expect(await tries()).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'CONFLICT']);
  const endings = await world.sql(`select from messages where room_id = $1 and metadata->>'event' = 'room.archived'`, [facility.room.id]);
  expect(endings).toHaveLength(1);
  expect(await update({ isActive: true })).toMatchObject({ isActive: true, room: { status: 'OPEN' } });
  expect(await tries()).toEqual(['OK', 'OK', 'OK', 'OK']);
});

test('while it is not active nobody of it speaks in its room or opens it again, also where the platform has only closed it', async () => {
  const head = await world.person('head');
  await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId: head.id, role: 'FACILITY_ADMIN' });
  const { id: messageId } = await world.send({ id: facility.room.id, code: '' }, tom, 'While all is well');
  await update({ isActive: false });
  const roomId = facility.room.id;
  for (const person of [tom, head]) {
    expect(await world.refusal(person, 'sendMessage', { roomId, content: 'Hello' })).toBe('ROOM_CLOSED');
    expect(await world.refusal(person, 'addReaction', { roomId, messageId, emoji: '👍' })).toBe('ROOM_CLOSED');
    expect(await world.refusal(person, 'reopenRoom', { roomId })).toBe('ILLEGAL_TRANSITION');
  }
  for (const mutation of ['reopenRoom', 'closeRoom']) await world.act(host, mutation, { roomId });
  expect([await world.refusal(tom, 'reopenRoom', { roomId }), await world.refusal(head, 'reopenRoom', { roomId })]).toEqual([
    'FORBIDDEN',
    'CONFLICT',
  ]);
  await update({ isActive: true });
  expect(await world.refusal(tom, 'sendMessage', { roomId, content: 'Back' })).toBe('OK');
});

test('a message says to whom it was addressed, to everybody who sees it', async () => {
  const address = 'id roomId address { user { id } facility { id } }';
  const sent = await Promise.all([
    world.do(tom, 'sendMessageTo', { recipientId: mia.id, content: 'To you' }, address),
    world.do(tom, 'sendMessageTo', { facilityId: facility.id, content: 'To all' }, address),
  ]);
  expect(sent).toMatchObject([
    { address: { user: { id: mia.id }, facility: null } },
    { address: { user: null, facility: { id: facility.id } } },
  ]);
  const query = `query ($room: ID!, $id: ID!) { message(roomId: $room, id: $id) { ${address} } }`;
  for (const message of sent) expect(await world.as(mia).get(query, { room: message['roomId'], id: message['id'] })).toEqual({ message });
  const said = await world.send({ id: facility.room.id, code: '' }, tom, 'Just so');
  expect(await world.as(mia).get(query, { room: facility.room.id, id: said.id })).toMatchObject({ message: { address: null } });
});
