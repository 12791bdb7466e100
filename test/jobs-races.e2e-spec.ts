import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JOB, manyOffers } from './support/jobs.js';
import { inParallel } from './support/room-operations.js';
import { type Person, World } from './support/world.js';

const BIDDERS = 500;

interface Subject {
  id: string;
  status: string;
  version: number;
  room: { id: string };
}

const SUBJECT = 'id status version room { id }';
let world: World;
let poster: Person, worker: Person;

beforeAll(async () => {
  world = await World.start({ DATABASE_POOL: '16' }, 2);
  ({ poster, worker } = await world.people('poster', 'worker'));
});

afterAll(() => world.stop());

const published = async (): Promise<Subject> => {
  const { id } = await world.do<Subject>(poster, 'createJob', JOB, SUBJECT);
  return world.do<Subject>(poster, 'publishJob', { jobId: id }, SUBJECT);
};

test('of five hundred acceptances at once on two nodes one wins, and the others are told', async () => {
  const job = await published();
  const offers = await manyOffers(world, { job: job.id, poster: poster.id }, BIDDERS);
  const document = 'mutation ($input: AcceptJobOfferInput!) { acceptJobOffer(input: $input) { id } }';
  const apis = [world.as(poster, 0), world.as(poster, 1)];
  const codes: string[] = [];
  const late: string[] = [];
  const acceptance = async (offerId: string, at: number): Promise<void> => {
    const code = await apis[at % 2]!.refusal(document, { input: { offerId } });
    if (code === 'UNAVAILABLE') late.push(offerId);
    else codes.push(code);
  };
  await Promise.all(offers.map(acceptance));
  // With so many at once a node may run out of connections and say "later", which a client takes at its word.
  while (late.length > 0) await inParallel(late.splice(0), (offerId) => acceptance(offerId, late.length));
  expect(codes.filter((code) => code === 'OK')).toHaveLength(1);
  expect(codes.filter((code) => !['OK', 'CONFLICT', 'ILLEGAL_TRANSITION'].includes(code))).toEqual([]);

  const [{ status, worker_id: winner } = { status: '', worker_id: '' }] = await world.sql<{ status: string; worker_id: string }>(
    'select status, worker_id from jobs where id = $1',
    [job.id],
  );
  expect(status).toBe('ASSIGNED');
  const steps = await world.sql(`select event from transitions where aggregate_id = $1 and event = 'assign'`, [job.id]);
  expect(steps).toHaveLength(1);

  // The rooms of the others close one after another; the last one's notice is the end of it.
  for (;;) {
    const [{ left } = { left: 0 }] = await world.sql<{ left: number }>(
      `select count(*)::int as left from job_offers o join rooms r on r.id = o.room_id
       where o.job_id = $1 and o.worker_id <> $2 and (o.status = 'OPEN' or r.status = 'OPEN')`,
      [job.id, winner],
    );
    if (left === 0) break;
  }
  const ends = await world.sql(
    `select o.status, r.status as room, count(*)::int, max(said)::int as said from job_offers o join rooms r on r.id = o.room_id
     cross join lateral (select count(*) as said from messages m where m.room_id = r.id and m.kind = 'JOB_UPDATE') told
     where o.job_id = $1 group by 1, 2 order by 1`,
    [job.id],
  );
  expect(ends).toEqual([
    { status: 'ACCEPTED', room: 'OPEN', count: 1, said: 1 },
    { status: 'DECLINED', room: 'CLOSED', count: BIDDERS - 1, said: 1 },
  ]);
}, 240_000);

test('who withdraws while others are accepted leaves one worker or none, and no job that is nobodys', async () => {
  for (let round = 0; round < 5; round++) {
    const job = await published();
    const mine = await world.do<Subject>(worker, 'makeJobOffer', { jobId: job.id, amountMinor: 1 }, SUBJECT);
    const { other } = await world.people('other');
    const theirs = await world.do<Subject>(other, 'makeJobOffer', { jobId: job.id, amountMinor: 2 }, SUBJECT);
    await world.do(poster, 'acceptJobOffer', { offerId: mine.id }, 'id');
    await Promise.all([
      world.refusal(worker, 'withdrawFromJob', { jobId: job.id }),
      world.refusal(poster, 'acceptJobOffer', { offerId: theirs.id }),
      world.refusal(poster, 'cancelJob', { jobId: job.id }),
    ]);
    const [found] = await world.sql(
      `select j.status = 'ASSIGNED' as assigned, (select count(*)::int from job_offers o where o.job_id = j.id and o.status = 'ACCEPTED' and o.worker_id = j.worker_id) as winners
       from jobs j where j.id = $1`,
      [job.id],
    );
    if (found?.['assigned']) expect(found['winners']).toBe(1);
  }
});

/** The life of a job told once more: from, event, to. Who acts is the one who may. */
const MODEL: Record<string, Record<string, string>> = {
  DRAFT: { publishJob: 'OPEN' },
  OPEN: { acceptJobOffer: 'ASSIGNED', cancelJob: 'CANCELED' },
  ASSIGNED: { startJob: 'IN_PROGRESS', withdrawFromJob: 'OPEN', cancelJob: 'CANCELED' },
  IN_PROGRESS: { submitJob: 'SUBMITTED' },
  SUBMITTED: { requestRevision: 'REVISION_REQUESTED', completeJob: 'COMPLETED' },
  REVISION_REQUESTED: { startJob: 'IN_PROGRESS' },
  COMPLETED: {},
  CANCELED: {},
};
const BY_WORKER = ['startJob', 'withdrawFromJob', 'submitJob'];
const EVENTS = [...new Set(Object.values(MODEL).flatMap((steps) => Object.keys(steps)))];

test('a walk at random ends where the model does, with a message for each step and none for the others', async () => {
  const walk = async (events: string[]) => {
    let job = await world.do<Subject>(poster, 'createJob', JOB, SUBJECT);
    let status = 'DRAFT';
    for (const event of events) {
      const to = MODEL[status]![event];
      let input: Record<string, unknown> = { jobId: job.id, reason: 'because' };
      if (event === 'acceptJobOffer') {
        if (!to) continue;
        const { id } = await world.do<Subject>(worker, 'makeJobOffer', { jobId: job.id, amountMinor: 100 }, SUBJECT);
        input = { offerId: id };
      }
      const code = await world.refusal(BY_WORKER.includes(event) ? worker : poster, event, input);
      if (to) expect([event, code]).toEqual([event, 'OK']);
      // Without the job there is no room of it for the worker, and no step.
      else expect(['ILLEGAL_TRANSITION', 'FORBIDDEN', 'NOT_FOUND']).toContain(code);
      status = to ?? status;
      const found = await world.as(poster).get<{ job: Subject }>(`query ($id: ID!) { job(id: $id) { ${SUBJECT} } }`, { id: job.id });
      job = found.job;
      expect(job.status).toBe(status);
    }
    const [told] = await world.sql(
      `select (select count(*)::int from messages where room_id = $2 and kind = 'JOB_UPDATE') as messages,
         (select count(*)::int from transitions where aggregate_id = $1) as steps`,
      [job.id, job.room.id],
    );
    expect(told).toEqual({ messages: job.version, steps: job.version });
  };
  const likely = fc.array(fc.constantFrom(...EVENTS, 'acceptJobOffer', 'startJob', 'submitJob'), { minLength: 8, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(likely, (events) => walk(['publishJob', ...events])),
    { numRuns: 10 },
  );
});

test('what is in dispute is not completed, by nobody; afterwards the time to object begins anew', async () => {
  const { id: jobId, room } = await published();
  const { id: offerId } = await world.do<Subject>(worker, 'makeJobOffer', { jobId, amountMinor: 100 }, SUBJECT);
  await world.act(poster, 'acceptJobOffer', { offerId });
  for (const mutation of ['startJob', 'submitJob']) await world.act(worker, mutation, { jobId });
  const dispute = { roomId: room.id, contextKind: 'JOB', contextId: jobId, against: worker.id, reason: 'QUALITY', desired: 'REDO' };
  const { id: disputeId } = await world.do<Subject>(poster, 'openDispute', dispute, 'id');
  expect(await world.refusal(poster, 'completeJob', { jobId })).toBe('CONFLICT');

  const start = Date.now();
  const statusAfter = async (hours: number) => {
    await world.setTime(new Date(start + hours * 3_600_000));
    return (await world.sql<{ status: string }>('select status from jobs where id = $1', [jobId]))[0]?.status;
  };
  expect(await statusAfter(48)).toBe('SUBMITTED');
  await world.act(poster, 'withdrawDispute', { disputeId });
  expect([await statusAfter(119), await statusAfter(121)]).toEqual(['SUBMITTED', 'COMPLETED']);
});
