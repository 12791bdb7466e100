import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aSender, keptOf, type Sender, tell, untilMerged } from './support/inbound.js';
import { expectOneEnd, LONG, type Story } from './support/inbound-stories.js';
import { JOB } from './support/jobs.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person, paul: Person, wim: Person;
let board: Sender;

beforeAll(async () => {
  world = await World.start({}, 2);
  ({ paul, wim } = await world.people('paul', 'wim'));
  boss = await world.person('boss', 'ADMIN');
  board = await aSender(world, boss, { kind: 'JOBS' });
});

afterAll(() => world.stop());

const create = () => ['job.create', { poster: { id: paul.id }, ...JOB, address: '1 Main Street', phone: '555 0100' }] as const;
const bid = (externalRef: string) => ({ job: { externalRef }, worker: { externalId: wim.externalId }, amountMinor: 11_000 });

const GIVEN: Story = (ref) => [create(), ['job.publish'], ['job_offer.make', bid(ref)], ['job_offer.accept'], ['job.start']];
const REDONE: Story = (ref) => [
  ...GIVEN(ref),
  ['job.submit'],
  ['job.request_revision', { reason: 'The other side, too' }],
  ['job.start'],
  ['job.submit'],
  ['job.complete'],
];

const state = `
select j.external_ref as ref, j.status, j.version, j.host_version as heard, j.agreed_minor::int as agreed, c.address, o.status as offer,
  o.version as offer_version, o.host_version as offer_heard
from jobs j join job_contacts c on c.job_id = j.id join job_offers o on o.job_id = j.id where j.external_ref = any($1)`;
const given = {
  status: 'IN_PROGRESS',
  version: 4,
  heard: null,
  agreed: 11_000,
  address: '1 Main Street',
  offer: 'ACCEPTED',
  offer_version: 2,
};

test('where somebody lives stands with the job, and no longer among the events once they have brought it about', async () => {
  const externalRef = randomUUID();
  const address = `${randomUUID()} Street`;
  const [type, told] = create();
  const tellOnce = (version?: number) => tell(world, board, { type, data: { ...told, address, externalRef, ...(version && { version }) } });
  expect([await tellOnce(), await tellOnce(2)]).toEqual([202, 202]);
  await untilMerged(world);
  const kept = await world.sql<{ id: string; status: string; raw: string }>(
    `select id, status, convert_from(raw, 'UTF8') as raw from inbound_events where object_ref = $1 order by id`,
    [externalRef],
  );
  expect(kept.map(({ status }) => status).sort()).toEqual(['PROCESSED', 'STALE']);
  for (const { raw } of kept) {
    expect(JSON.parse(raw)).toMatchObject({ type, data: { externalRef, title: JOB.title } });
    expect(raw).not.toContain(address);
    expect(raw).not.toContain('555 0100');
  }
  const replayed = await world.do(
    boss,
    'replayInboundEvent',
    { inboundEventId: kept.find(({ status }) => status === 'STALE')!.id },
    'status',
  );
  expect(replayed).toEqual({ status: 'STALE' });
  const contact = 'select c.address from job_contacts c join jobs j on j.id = c.job_id where j.external_ref = $1';
  expect(await world.sql(contact, [externalRef])).toEqual([{ address }]);
});

test.each([
  ['a job and its offer', { story: GIVEN, hasVersions: false, state, end: [{ ...given, offer_heard: null }], steps: 6 }],
  ['a job with versions', { story: GIVEN, first: 1, hasVersions: true, state, end: [{ ...given, heard: 3, offer_heard: 2 }], steps: 6 }],
  [
    'a job that was done twice',
    {
      ...{ story: REDONE, first: 7, hasVersions: false, steps: null },
      state: 'select external_ref as ref, status from jobs where external_ref = any($1)',
      end: [{ status: 'COMPLETED' }],
    },
  ],
])('the events of %s lead to one end in every order, and however often', (_what, telling) => expectOneEnd(world, board, telling), LONG);

const lastKept = async () => (await keptOf(world, boss, board)).at(-1)!;
const say = async (type: string, externalRef: string, more: object = {}) => {
  expect(await tell(world, board, { type, data: { externalRef, ...more } })).toBe(202);
  await untilMerged(world);
};

describe('an offer', () => {
  test('waits until the one before is withdrawn', async () => {
    const [ref, next] = [randomUUID(), randomUUID()];
    const [type, job] = create();
    await say(type, ref, job);
    await say('job.publish', ref);
    await say('job_offer.make', ref, bid(ref));
    await say('job_offer.make', next, { ...bid(ref), amountMinor: 9_000 });
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'CONFLICT', isWaiting: true });
    await say('job_offer.withdraw', ref);
    expect(await world.sql('select status from job_offers where external_ref = any($1) order by id', [[ref, next]])).toEqual([
      { status: 'WITHDRAWN' },
      { status: 'OPEN' },
    ]);
  });

  test('of the poster is refused', async () => {
    const ref = randomUUID();
    const [type, job] = create();
    await say(type, ref, job);
    await say('job.publish', ref);
    await say('job_offer.make', ref, { ...bid(ref), worker: { id: paul.id } });
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'BAD_USER_INPUT', isWaiting: false });
  });
});

test('a job is given away by the acceptance of an offer, and not by a word of its own', async () => {
  expect(await tell(world, board, { type: 'job.assign', data: { externalRef: randomUUID() } })).toBe(400);
});
