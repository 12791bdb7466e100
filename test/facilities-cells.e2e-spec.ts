import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { studyMachine } from '../src/integrations/facilities/study/study.machine.js';
import { testCells, testHostsCells } from './support/cells.js';
import { makeStudies } from './support/facilities.js';
import { answerOf, offeredTo, type Rule } from './support/rules.js';
import { testWalk } from './support/walk.js';
import { type Person, World } from './support/world.js';

const UPLOADERS = 'TECHNICIAN FACILITY_ADMIN SERVICE';
const ANY = 'UPLOADING RECEIVED AVAILABLE REPORTED FAILED';
const RULES: Rule[] = [
  ['UPLOADING', 'receive', UPLOADERS, 'RECEIVED'],
  ['UPLOADING', 'fail', UPLOADERS, 'FAILED'],
  ['RECEIVED', 'release', UPLOADERS, 'AVAILABLE'],
  ['AVAILABLE', 'report', 'RADIOLOGIST SERVICE', 'REPORTED'],
  [ANY, 'cancel', UPLOADERS, 'CANCELLED'],
  [`${ANY} CANCELLED`, 'enter_in_error', 'ADMIN SERVICE', 'ENTERED_IN_ERROR'],
];
const STATES = `${ANY} CANCELLED ENTERED_IN_ERROR`.split(' ');
const MEMBERS = ['RADIOLOGIST', 'TECHNICIAN', 'CLINICIAN', 'FACILITY_ADMIN', 'MEMBER'];

let world: World;
let actors: Record<string, Person>;
let facility: string;
let people: [Person, string][];

beforeAll(async () => {
  world = await World.start();
  const host = await world.person('Host', 'SERVICE');
  ({ id: facility } = await world.do<{ id: string }>(host, 'createFacility', { name: 'North' }, 'id'));
  const named = async (name: string) => [name, await world.person(name)] as const;
  const members = await Promise.all(MEMBERS.map(named));
  for (const [role, { id: userId }] of members) await world.act(host, 'addFacilityMember', { facilityId: facility, userId, role });
  // Who was one, and has a seat in the room all the same.
  const [, former] = await named('FORMER');
  const once = { facilityId: facility, userId: former.id };
  await world.act(host, 'addFacilityMember', { ...once, role: 'TECHNICIAN' });
  await world.act(host, 'removeFacilityMember', once);
  const others = await Promise.all(['PATIENT', 'ADMIN'].map(named));
  const staff = [...members.map(([, person]) => person), former].map((person): [Person, string] => [person, 'FACILITY_STAFF']);
  people = [...staff, ...others.map(([role, person]): [Person, string] => [person, role])];
  actors = { ...Object.fromEntries([...members, ...others]), FORMER: former, SERVICE: host };
});

afterAll(() => world.stop());

const cells = () => ({
  world,
  machine: studyMachine,
  actors,
  make: (status: string, count: number) => makeStudies(world, { facility, people }, status, count),
  mutations: Object.fromEntries(
    RULES.map(([, event]) => [
      event,
      { name: 'updateStudyStatus', input: ({ id }: { id: string }) => ({ studyId: id, event, reason: 'because' }) },
    ]),
  ),
  expected: answerOf(RULES),
});

testCells('a study', STATES, cells);
testHostsCells('a study', STATES, cells);
testWalk('a study', () => ({
  ...cells(),
  rules: RULES,
  start: 'UPLOADING',
  shown: ({ id }, fields) => `study(id: "${id}") { ${fields} }`,
}));

test('everybody is offered what they may do, and nothing else', async () => {
  const query = 'query ($id: ID!) { study(id: $id) { allowedTransitions { event } } }';
  for (const status of STATES) {
    const [study] = await makeStudies(world, { facility, people }, status, 1);
    for (const [actor, person] of Object.entries(actors)) {
      type Answer = { study: { allowedTransitions: { event: string }[] } };
      const { allowedTransitions } = (await world.as(person).get<Answer>(query, { id: study!.id })).study;
      const offered = offeredTo(RULES, status, actor).map(({ event }) => event);
      expect([actor, status, allowedTransitions.map(({ event }) => event)]).toEqual([actor, status, offered]);
    }
  }
});
