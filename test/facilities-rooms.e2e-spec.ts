import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aStudyUid } from './support/facilities.js';
import { type Person, World } from './support/world.js';

let world: World;
let host: Person;
let head: Person, tom: Person, mia: Person, eve: Person;
let facility: { id: string; room: { id: string } };

beforeAll(async () => {
  world = await World.start();
  host = await world.person('Host', 'SERVICE');
  ({ head, tom, mia, eve } = await world.people('head', 'tom', 'mia', 'eve'));
  facility = await world.do(host, 'createFacility', { name: 'North' }, 'id room { id }');
  for (const [person, role] of [
    [head, 'FACILITY_ADMIN'],
    [tom, 'TECHNICIAN'],
    [mia, 'MEMBER'],
  ] as const)
    await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId: person.id, role });
});

afterAll(() => world.stop());

const on = (person: Person, more: object = {}, roomId = facility.room.id) => ({ roomId, userId: person.id, ...more });
const refusals = (person: Person, mutations: string[], input: Record<string, unknown>) =>
  Promise.all(mutations.map((mutation) => world.refusal(person, mutation, input)));
const aStudysRoom = async () =>
  (
    await world.do<{ roomId: string }>(
      tom,
      'registerStudy',
      { facilityId: facility.id, studyUid: aStudyUid(), memberIds: [head.id] },
      'roomId',
    )
  ).roomId;

test('nobody from outside gets a seat in the room of a facility or a study, whoever gives it and as whatever', async () => {
  const study = await aStudysRoom();
  for (const roomId of [facility.room.id, study]) {
    for (const [giver, role] of [
      [tom, 'CLIENT'],
      [tom, 'OBSERVER'],
      [host, 'FACILITY_STAFF'],
    ] as const)
      expect(await world.refusal(giver, 'addParticipant', on(eve, { role }, roomId))).toBe('FORBIDDEN');
  }
  expect(await world.refusal(tom, 'addParticipant', on(mia, { role: 'CLIENT' }, study))).toBe('OK');
});

test('platform staff can be invited', async () => {
  const support = await world.person('Sue', 'SUPPORT');
  expect(await world.refusal(host, 'addParticipant', on(support, { role: 'SUPPORT_STAFF' }))).toBe('OK');
});

test('the room of a facility or a study is never public', async () => {
  for (const roomId of [facility.room.id, await aStudysRoom()])
    expect(await world.refusal(tom, 'updateRoom', { roomId, visibility: 'PUBLIC' })).toBe('BAD_USER_INPUT');
  expect(await world.refusal(eve, 'createRoom', { kind: 'FACILITY', visibility: 'PUBLIC' })).toBe('BAD_USER_INPUT');
  await expect(world.sql(`update rooms set visibility = 'PUBLIC' where id = $1`, [facility.room.id])).rejects.toThrow(
    'rooms_facility_check',
  );
});

test('over seats in the main room decides who runs the facility, and nobody else', async () => {
  const decisions = ['muteParticipant', 'blockParticipant', 'removeParticipant'];
  expect(await refusals(mia, decisions, on(head))).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  expect(await refusals(mia, decisions, on(tom))).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  expect(await world.refusal(mia, 'changeParticipantRole', on(head, { role: 'OBSERVER' }))).toBe('FORBIDDEN');
  expect(await world.refusal(head, 'blockParticipant', on(mia))).toBe('OK');
  expect(await world.refusal(head, 'unblockParticipant', on(mia))).toBe('OK');
});

test('who runs the facility closes and reopens its main room; only the platform archives or deletes it, and nobody else does any of it', async () => {
  const roomId = facility.room.id;
  const asks = (person: Person) =>
    refusals(person, ['closeRoom', 'reopenRoom', 'archiveRoom', 'deleteRoom'], { roomId, reason: 'why not' });
  expect(await asks(mia)).toEqual(['FORBIDDEN', 'ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION', 'FORBIDDEN']);
  expect(await world.refusal(head, 'closeRoom', { roomId })).toBe('OK');
  expect(await asks(mia)).toEqual(['ILLEGAL_TRANSITION', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  expect(await world.refusal(head, 'archiveRoom', { roomId })).toBe('FORBIDDEN');
  expect(await world.refusal(head, 'reopenRoom', { roomId })).toBe('OK');
  for (const mutation of ['closeRoom', 'archiveRoom', 'reopenRoom']) expect(await world.refusal(host, mutation, { roomId })).toBe('OK');
});

test('to be ADMIN in the main room is not to run the facility', async () => {
  const roomId = facility.room.id;
  await world.act(host, 'changeParticipantRole', on(mia, { role: 'ADMIN' }));
  expect(await refusals(mia, ['closeRoom', 'deleteRoom'], { roomId })).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  await world.act(host, 'changeParticipantRole', on(mia, { role: 'FACILITY_STAFF' }));
});

test('the room of a study is closed, reopened and archived by its people, as any room by its staff', async () => {
  const roomId = await aStudysRoom();
  for (const mutation of ['closeRoom', 'reopenRoom', 'closeRoom', 'archiveRoom'])
    expect(await world.refusal(tom, mutation, { roomId })).toBe('OK');
  expect(await world.sql('select status from rooms where id = $1', [roomId])).toEqual([{ status: 'ARCHIVED' }]);
  // Of its main room he does neither.
  expect(await refusals(tom, ['closeRoom', 'deleteRoom'], { roomId: facility.room.id })).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

test('in the room of a study its people decide over each other, but not over who runs the facility', async () => {
  const roomId = await aStudysRoom();
  await world.act(tom, 'addParticipant', on(mia, { role: 'CLIENT' }, roomId));
  expect(await world.refusal(tom, 'blockParticipant', on(head, {}, roomId))).toBe('FORBIDDEN');
  expect(await world.refusal(tom, 'removeParticipant', on(mia, {}, roomId))).toBe('OK');
});

test('who is no longer of the facility does not come back by being unblocked', async () => {
  const roomId = await aStudysRoom();
  const gone = await world.person('gone');
  await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId: gone.id });
  await world.act(tom, 'addParticipant', on(gone, { role: 'CLIENT' }, roomId));
  await world.act(tom, 'blockParticipant', on(gone, {}, roomId));
  await world.act(host, 'removeFacilityMember', { facilityId: facility.id, userId: gone.id });
  expect(await world.refusal(host, 'unblockParticipant', on(gone, {}, roomId))).toBe('FORBIDDEN');
});

test('two people of a facility who write to each other run nothing: neither deletes, mutes or blocks', async () => {
  const { id, roomId } = await world.do<{ id: string; roomId: string }>(
    tom,
    'sendMessageTo',
    { recipientId: mia.id, content: 'Hello' },
    'id roomId',
  );
  expect(await refusals(mia, ['muteParticipant', 'blockParticipant', 'removeParticipant'], on(tom, {}, roomId))).toEqual([
    'FORBIDDEN',
    'FORBIDDEN',
    'FORBIDDEN',
  ]);
  expect(await world.refusal(mia, 'deleteMessage', { roomId, messageId: id })).toBe('FORBIDDEN');
  expect(await world.refusal(tom, 'deleteMessage', { roomId, messageId: id })).toBe('OK');
});
