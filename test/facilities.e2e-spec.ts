import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RACING } from './support/node.js';
import { type Person, World } from './support/world.js';

let world: World;
let host: Person;
let rita: Person, tom: Person, cleo: Person, eve: Person;
let facility: { id: string; room: { id: string } };
let uid = 0;

beforeAll(async () => {
  world = await World.start(RACING, 2);
  host = await world.person('Host', 'SERVICE');
  ({ rita, tom, cleo, eve } = await world.people('rita', 'tom', 'cleo', 'eve'));
  facility = await world.do(host, 'createFacility', { name: 'North' }, 'id room { id }');
  const roles: [Person, string][] = [
    [rita, 'RADIOLOGIST'],
    [tom, 'TECHNICIAN'],
    [cleo, 'CLINICIAN'],
  ];
  for (const [person, role] of roles) await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId: person.id, role });
});

afterAll(() => world.stop());

const register = (person: Person, more: object = {}) =>
  world.do<{ id: string; status: string; roomId: string }>(
    person,
    'registerStudy',
    { facilityId: facility.id, studyUid: `1.2.840.${++uid}`, modality: 'CT', patientRef: 'Jane Roe', ...more },
    'id status roomId',
  );
const step = (person: Person, study: { id: string }, event: string) =>
  world.refusal(person, 'updateStudyStatus', { studyId: study.id, event, reason: 'because' });

test('a received study posts one message with a link to it and without the patient; a radiologist reports it', async () => {
  const study = await register(tom);
  expect(study).toMatchObject({ status: 'UPLOADING', roomId: facility.room.id });
  expect([await step(cleo, study, 'receive'), await step(tom, study, 'receive'), await step(tom, study, 'receive')]).toEqual([
    'FORBIDDEN',
    'OK',
    'ILLEGAL_TRANSITION',
  ]);
  const said = await world.sql(`select metadata->>'studyId' as study from messages where room_id = $1 and kind = 'SYSTEM_UPLOAD'`, [
    study.roomId,
  ]);
  expect(said).toEqual([{ study: study.id }]);
  expect([await step(tom, study, 'release'), await step(tom, study, 'report'), await step(rita, study, 'report')]).toEqual([
    'OK',
    'FORBIDDEN',
    'OK',
  ]);
  const [all] = await world.sql<{ text: string }>(
    'select (select json_agg(m)::text from messages m) || (select json_agg(s)::text from studies s) || (select json_agg(t)::text from transitions t) as text',
  );
  expect(all!.text).not.toContain('Jane Roe');
});

test('a message goes to a person or a facility, never to both or neither, and into one room however many at once', async () => {
  const to = (person: Person, more: object) => world.refusal(person, 'sendMessageTo', { content: 'Hello', ...more });
  expect([await to(tom, {}), await to(tom, { recipientId: rita.id, facilityId: facility.id })]).toEqual([
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
  ]);
  expect([await to(eve, { facilityId: facility.id }), await to(eve, { recipientId: tom.id })]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  const sent = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      world.do<{ roomId: string }>(
        at % 2 ? tom : rita,
        'sendMessageTo',
        { content: `${at}`, recipientId: at % 2 ? rita.id : tom.id },
        'roomId',
      ),
    ),
  );
  expect(new Set(sent.map(({ roomId }) => roomId)).size).toBe(1);
  await expect(world.sql('insert into message_addresses (message_id) select id from messages limit 1')).rejects.toThrow(
    'message_addresses_one_check',
  );
});

test('a study with a room of its own is for those who were let in, and so is what refers to it', async () => {
  const study = await register(tom, { memberIds: [rita.id] });
  const query = 'query ($id: ID!) { study(id: $id) { patientRef } }';
  const asked = await Promise.all([rita, cleo].map((person) => world.as(person).refusal(query, { id: study.id })));
  expect(asked).toEqual(['OK', 'NOT_FOUND']);
  expect(await world.refusal(tom, 'sendMessageTo', { content: 'Look', recipientId: cleo.id, studyId: study.id })).toBe('FORBIDDEN');
  const room = { id: facility.room.id, code: '' };
  const message = await world.send(room, tom, 'See this', { metadata: { studyId: study.id } });
  const related = 'query ($room: ID!, $id: ID!) { message(roomId: $room, id: $id) { relatedStudy { id } } }';
  const seen = await Promise.all([rita, cleo].map((person) => world.as(person).get(related, { room: room.id, id: message.id })));
  expect(seen).toEqual([{ message: { relatedStudy: { id: study.id } } }, { message: { relatedStudy: null } }]);
});

test('who registers a study again learns nothing of it unless they may see it', async () => {
  const studyUid = `1.2.840.${++uid}`;
  const study = await register(tom, { studyUid, memberIds: [rita.id] });
  expect((await register(rita, { studyUid })).id).toBe(study.id);
  const refused = (more: object) => world.refusal(cleo, 'registerStudy', { facilityId: facility.id, studyUid, ...more });
  expect([await refused({}), await refused({ idempotencyKey: 'again' })]).toEqual(['CONFLICT', 'FORBIDDEN']);
});

test('nobody registers a study in a room in which they have no seat any more', async () => {
  const tess = await world.person('tess');
  await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId: tess.id, role: 'TECHNICIAN' });
  const input = { facilityId: facility.id, studyUid: `1.2.840.${++uid}` };
  const keyed = { ...input, idempotencyKey: 'mine' };
  await world.act(tess, 'registerStudy', keyed);
  await world.act(host, 'blockParticipant', { roomId: facility.room.id, userId: tess.id, reason: 'no longer trusted' });
  const refused = (one: object) => world.refusal(tess, 'registerStudy', { ...one });
  expect([await refused(keyed), await refused(input)]).toEqual(['NOT_FOUND', 'CONFLICT']);
  expect(await refused({ ...input, studyUid: `1.2.840.${++uid}` })).toBe('NOT_FOUND');
  await world.act(host, 'removeFacilityMember', { facilityId: facility.id, userId: tess.id });
});

test('targets are the facilities and the people of the viewer', async () => {
  const query = '{ messageTargets { nodes { name facility { id } user { id } } } }';
  const of = async (person: Person) =>
    (await world.as(person).get<{ messageTargets: { nodes: { name: string }[] } }>(query)).messageTargets.nodes;
  expect((await of(tom)).map(({ name }) => name)).toEqual(['North', 'cleo', 'rita']);
  expect(await of(eve)).toEqual([]);
});
