import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aStudyUid } from './support/facilities.js';
import { aSender, keptOf, post, type Sender, signed, tell, untilMerged } from './support/inbound.js';
import { expectOneEnd, LONG, type Story } from './support/inbound-stories.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person, rita: Person;
let pacs: Sender;
let clinic: { externalRef: string };

beforeAll(async () => {
  world = await World.start({}, 2);
  rita = await world.person('rita');
  boss = await world.person('boss', 'ADMIN');
  const host = await world.person('host', 'SERVICE');
  clinic = { externalRef: 'clinic-1' };
  const { id: facilityId } = await world.do<{ id: string }>(host, 'createFacility', { name: 'The clinic', ...clinic }, 'id');
  await world.act(host, 'addFacilityMember', { facilityId, userId: rita.id, role: 'RADIOLOGIST' });
  pacs = await aSender(world, boss, { kind: 'STUDIES' });
});

afterAll(() => world.stop());

/** The same study has the same UID, whatever is told of it. */
const uids = new Map<string, string>();
const uidOf = (ref: string) => uids.get(ref) ?? uids.set(ref, aStudyUid()).get(ref)!;
const images = (ref: string) => ({
  ...{ facility: clinic, studyUid: uidOf(ref), modality: 'CT', instanceCount: 240, members: [{ externalId: rita.externalId }] },
});

const ANNOUNCED: Story = (ref) => [['study.upload', images(ref)], ['study.receive'], ['study.release'], ['study.report']];
const IN_FULL: Story = (ref) => [
  ['study.upload', images(ref)],
  ['study.receive', images(ref)],
  ['study.release'],
  ['study.report'],
  ['study.enter_in_error', { reason: 'Another patient' }],
];

const state = `select external_ref as ref, status, version, host_version as heard from studies where external_ref = any($1)`;

test.each([
  ['a study', { story: ANNOUNCED, hasVersions: false, state, end: [{ status: 'REPORTED', version: 4, heard: null }], steps: 4 }],
  ['a study with versions', { story: ANNOUNCED, hasVersions: true, state, end: [{ status: 'REPORTED', version: 4, heard: 4 }], steps: 4 }],
  [
    'a study that is told in full each time',
    {
      ...{ story: IN_FULL, hasVersions: false, steps: null },
      state: state.replace('version, host_version as heard', 'instance_count'),
      end: [{ status: 'ENTERED_IN_ERROR', instance_count: 240 }],
    },
  ],
])('the events of %s lead to one end in every order, and however often', (_what, telling) => expectOneEnd(world, pacs, telling), LONG);

const lastKept = async () => (await keptOf(world, boss, pacs)).at(-1)!;
const say = async (type: string, externalRef: string, more: object = {}) => {
  expect(await tell(world, pacs, { type, data: { externalRef, ...more } })).toBe(202);
  await untilMerged(world);
};
const studyOf = async (ref: string) =>
  (await world.sql<{ id: string; status: string; room_id: string }>('select * from studies where external_ref = $1', [ref]))[0];

describe('a study', () => {
  test('that nobody announced has arrived when all of it is told, with one message', async () => {
    const ref = randomUUID();
    await say('study.receive', ref, images(ref));
    await say('study.receive', ref, images(ref));
    const { id, status } = (await studyOf(ref))!;
    expect(status).toBe('RECEIVED');
    expect(await world.sql(`select kind from messages where metadata->>'studyId' = $1`, [id])).toEqual([{ kind: 'SYSTEM_UPLOAD' }]);
    expect(await lastKept()).toMatchObject({ status: 'STALE' });
  });

  test('that was only named waits until it is told of', async () => {
    const ref = randomUUID();
    await say('study.receive', ref);
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'NOT_FOUND', isWaiting: true });
    await say('study.upload', ref, { ...images(ref), occurredAt: new Date(Date.now() - 60_000).toISOString() });
    expect(await studyOf(ref)).toMatchObject({ status: 'RECEIVED' });
  });

  test('is not told again under another name', async () => {
    const [ref, other] = [randomUUID(), randomUUID()];
    await say('study.upload', ref, images(ref));
    await say('study.receive', other, images(ref));
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'CONFLICT', isWaiting: false });
    expect(await studyOf(ref)).toMatchObject({ status: 'UPLOADING' });
  });

  test.each([
    ['whom it shows', { patientRef: 'P-1' }, 'data.patientRef'],
    ['no UID of DICOM', { studyUid: 'one' }, 'data.studyUid'],
    ['only a part', { facility: undefined }, 'data.facility'],
  ])('with %s is refused at the door', async (_what, wrong, field) => {
    const ref = randomUUID();
    const told = { type: 'study.receive', timestamp: new Date().toISOString(), data: { externalRef: ref, ...images(ref), ...wrong } };
    const body = JSON.stringify(told);
    expect(await post(world, pacs, signed(pacs.secret, randomUUID(), body), body)).toMatchObject({
      status: 400,
      answer: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field } }] },
    });
    expect(await world.sql('select id from inbound_events where object_ref = $1', [ref])).toEqual([]);
  });
});
