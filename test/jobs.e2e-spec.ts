import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JOB, untilClosed } from './support/jobs.js';
import { type Message, type Person, type Room, World } from './support/world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ADDRESS = 'Whisper Lane 7';
const PHONE = '+49 30 901820';

interface Subject {
  id: string;
  status: string;
  version: number;
  room: Room & { status: string };
  [field: string]: unknown;
}

const SUBJECT = 'id status version room { id title kind status }';

let world: World;
let poster: Person, ben: Person, chi: Person, stranger: Person, support: Person, host: Person;

beforeAll(async () => {
  world = await World.start({ DATABASE_POOL: '16' }, 2);
  ({ poster, ben, chi, stranger } = await world.people('poster', 'ben', 'chi', 'stranger'));
  support = await world.person('support', 'SUPPORT');
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(() => world.setTime(new Date()));

const step = (person: Person, mutation: string, input: object) => world.do<Subject>(person, mutation, { ...input }, SUBJECT);
const create = (more: object = {}) => step(poster, 'createJob', { ...JOB, address: ADDRESS, phone: PHONE, ...more });
const publish = async (more: object = {}) => step(poster, 'publishJob', { jobId: (await create(more)).id });
const offer = (person: Person, job: Subject, amountMinor: number, more: object = {}) =>
  step(person, 'makeJobOffer', { jobId: job.id, amountMinor, ...more });
const accept = (one: Subject) => step(poster, 'acceptJobOffer', { offerId: one.id });
const given = async (more: object = {}) => {
  const job = await publish(more);
  await accept(await offer(ben, job, 9_000));
  return job;
};
const begun = async (more: object = {}) => {
  const job = await given(more);
  await step(ben, 'startJob', { jobId: job.id });
  return job;
};
const statusOf = async (table: 'jobs' | 'job_offers' | 'rooms', id: string) =>
  (await world.sql<{ status: string }>(`select status from ${table} where id = $1`, [id]))[0]!.status;
const ask = async (person: Person, job: Subject, fields: string) =>
  (await world.as(person).get<{ job: Record<string, unknown> }>(`query ($id: ID!) { job(id: $id) { ${fields} } }`, { id: job.id })).job;
const saidIn = async (roomId: string) =>
  (
    await world.sql<{ content: string }>(`select content from messages where room_id = $1 and kind = 'JOB_UPDATE' order by sequence`, [
      roomId,
    ])
  ).map(({ content }) => content);
const seatOf = async (room: Room, person: Person) =>
  (await world.sql<{ status: string }>('select status from participants where room_id = $1 and user_id = $2', [room.id, person.id]))[0]
    ?.status;

describe('a job', () => {
  test('has a room named after it, and tells there what becomes of it', async () => {
    const job = await publish();
    expect(job).toMatchObject({ status: 'OPEN', room: { kind: 'JOB', status: 'OPEN' } });
    expect(job.room['title']).toMatch(/^Job #[0-9A-Z]{8} · Paint the fence$/);
    const number = String(job.room['title']).slice(5, 13);
    expect(await saidIn(job.room.id)).toEqual([`poster drafted job #${number}`, `poster published job #${number}`]);
    const { room } = await world
      .as(poster)
      .get<{ room: { job: { id: string } } }>('query ($id: ID!) { room(id: $id) { job { id } } }', { id: job.room.id });
    expect(room.job.id).toBe(job.id);
  });

  test('is listed once it is published, without its address, and is found by its people only', async () => {
    const draft = await create();
    const listed = async () => {
      const { openJobs } = await world
        .as(stranger)
        .get<{ openJobs: { nodes: { id: string }[] } }>('{ openJobs(first: 100) { nodes { id title area budgetMinor currency status } } }');
      return openJobs.nodes.find(({ id }) => id === draft.id);
    };
    expect(await listed()).toBeUndefined();
    expect(await world.refusal(stranger, 'makeJobOffer', { jobId: draft.id, amountMinor: 1 })).toBe('NOT_FOUND');
    await step(poster, 'publishJob', { jobId: draft.id });
    expect(await listed()).toEqual({ id: draft.id, ...JOB, area: null, status: 'OPEN' });
    expect(await world.as(stranger).refusal('query ($id: ID!) { job(id: $id) { id } }', { id: draft.id })).toBe('NOT_FOUND');
    const { myJobs } = await world
      .as(poster)
      .get<{ myJobs: { nodes: { id: string }[] } }>('{ myJobs(first: 1, filter: { status: [OPEN] }) { nodes { id } } }');
    expect(myJobs.nodes).toEqual([{ id: draft.id }]);
  });

  test('refuses what it is too late for', async () => {
    expect(await world.refusal(poster, 'cancelJob', { jobId: (await publish()).id, expectedVersion: 1 })).toBe('STALE_VERSION');
    const past = await create({ openUntil: new Date(Date.now() - HOUR_MS).toISOString() });
    expect(await world.refusal(poster, 'publishJob', { jobId: past.id })).toBe('CONFLICT');
  });

  test('is one, however often it is created under one key, and another address is another job', async () => {
    const keyed = { idempotencyKey: crypto.randomUUID() };
    const jobs = await Promise.all(Array.from({ length: 8 }, () => create(keyed)));
    expect(new Set(jobs.map(({ room }) => room.id)).size).toBe(1);
    expect(await world.refusal(poster, 'createJob', { ...JOB, address: 'elsewhere', phone: PHONE, ...keyed })).toBe('IDEMPOTENCY_CONFLICT');
    const ref = { externalRef: crypto.randomUUID(), posterId: poster.id };
    const hosts = await Promise.all(Array.from({ length: 8 }, () => step(host, 'createJob', { ...JOB, ...ref })));
    expect(new Set(hosts.map(({ id }) => id)).size).toBe(1);
  });

  test('is created for others, and decided elsewhere, by the host only', async () => {
    for (const more of [{ posterId: ben.id }, { externalRef: 'x' }, { authority: 'HOST' }]) {
      expect(await world.refusal(poster, 'createJob', { ...JOB, ...more })).toBe('FORBIDDEN');
    }
    const job = await step(host, 'createJob', { ...JOB, posterId: poster.id, authority: 'HOST' });
    expect(await step(poster, 'publishJob', { jobId: job.id })).toMatchObject({ status: 'DRAFT', version: 1 });
    expect(await step(host, 'publishJob', { jobId: job.id })).toMatchObject({ status: 'OPEN', version: 2 });
  });
});

describe('an offer', () => {
  test('is made in a room of its bidder with the poster, which no other bidder sees', async () => {
    const job = await publish();
    const [first, second] = [await offer(ben, job, 9_000), await offer(chi, job, 8_000)];
    expect(new Set([job.room.id, first.room.id, second.room.id]).size).toBe(3);
    expect(first.room['title']).toMatch(/^Job #.{8} · Paint the fence · ben$/);
    expect(await saidIn(first.room.id)).toEqual(['ben offered to do it for 90.00 EUR']);
    expect(await world.as(chi).refusal('query ($id: ID!) { jobOffer(id: $id) { id } }', { id: first.id })).toBe('NOT_FOUND');
    expect(await world.refusal(ben, 'makeJobOffer', { jobId: job.id, amountMinor: 1 })).toBe('CONFLICT');
    expect(await world.refusal(poster, 'makeJobOffer', { jobId: job.id, amountMinor: 1 })).toBe('CONFLICT');
    const { offers } = (await ask(
      poster,
      job,
      'offers(first: 1) { nodes { id worker { id } job { id title } } pageInfo { hasNextPage } }',
    )) as {
      offers: object;
    };
    expect(offers).toEqual({
      nodes: [{ id: second.id, worker: { id: chi.id }, job: { id: job.id, title: JOB.title } }],
      pageInfo: { hasNextPage: true },
    });
  });

  test('comes again in the same room after it was withdrawn, declined or too old', async () => {
    const job = await publish();
    const first = await offer(ben, job, 9_000);
    await step(ben, 'withdrawJobOffer', { offerId: first.id });
    const second = await offer(ben, job, 8_000, { expiresAt: new Date(Date.now() + HOUR_MS).toISOString() });
    await world.setTime(new Date(Date.now() + 2 * HOUR_MS));
    expect(await statusOf('job_offers', second.id)).toBe('EXPIRED');
    const third = await offer(ben, job, 7_000);
    await step(poster, 'declineJobOffer', { offerId: third.id });
    expect(new Set([first, second, third].map(({ room }) => room.id)).size).toBe(1);
    expect(await saidIn(first.room.id)).toEqual([
      'ben offered to do it for 90.00 EUR',
      'ben withdrew the offer of 90.00 EUR',
      'ben offered to do it for 80.00 EUR',
      'the offer of 80.00 EUR has expired',
      'ben offered to do it for 70.00 EUR',
      'poster declined the offer of 70.00 EUR',
    ]);
  });

  test('that is accepted gives the job, and ends the others with their rooms', async () => {
    const job = await publish();
    const [winner, loser] = [await offer(ben, job, 9_000), await offer(chi, job, 8_000)];
    expect(await accept(winner)).toMatchObject({ status: 'ACCEPTED' });
    expect(await ask(ben, job, 'status agreedMinor worker { id } offers { nodes { id } }')).toEqual({
      status: 'ASSIGNED',
      agreedMinor: 9_000,
      worker: { id: ben.id },
      offers: { nodes: [{ id: winner.id }] },
    });
    await untilClosed(world, loser.room, chi);
    expect(await statusOf('job_offers', loser.id)).toBe('DECLINED');
    expect(await statusOf('rooms', winner.room.id)).toBe('OPEN');
    expect(await world.as(chi).refusal('query ($id: ID!) { job(id: $id) { id } }', { id: job.id })).toBe('NOT_FOUND');
    expect(await world.refusal(poster, 'acceptJobOffer', { offerId: loser.id })).toBe('ILLEGAL_TRANSITION');
    expect(await world.refusal(stranger, 'makeJobOffer', { jobId: job.id, amountMinor: 1 })).toBe('NOT_FOUND');
  });

  test('is withdrawn with the job, which is then open to all again', async () => {
    const job = await publish();
    const [first, second] = [await offer(ben, job, 9_000), await offer(chi, job, 8_000)];
    await accept(first);
    await untilClosed(world, second.room, chi);
    await world.send(job.room, poster, 'The key is under the mat');
    expect(await step(ben, 'withdrawFromJob', { jobId: job.id })).toMatchObject({ status: 'OPEN' });
    expect(await statusOf('job_offers', first.id)).toBe('WITHDRAWN');
    expect(await seatOf(job.room, ben)).toBe('LEFT');
    const again = await offer(chi, job, 7_000);
    expect(again.room).toMatchObject({ id: second.room.id, status: 'OPEN' });
    await accept(again);
    const { room } = await world
      .as(chi)
      .get<{ room: { messages: { nodes: Message[] } } }>('query ($id: ID!) { room(id: $id) { messages { nodes { content kind } } } }', {
        id: job.room.id,
      });
    expect(room.messages.nodes.map(({ content }) => content)).toEqual([
      'chi was added',
      expect.stringMatching(/was given to a worker for 70.00 EUR$/),
    ]);
  });
});

describe('address and telephone', () => {
  const CONTACT = 'contact { address phone }';
  const [known, hidden] = [{ contact: { address: ADDRESS, phone: PHONE } }, { contact: null }];

  test('are shown to poster, worker and platform staff once somebody has the job, and stand nowhere else', async () => {
    const job = await publish({ idempotencyKey: 'contact' });
    expect([await ask(poster, job, CONTACT), await ask(support, job, CONTACT)]).toEqual([known, hidden]);
    await world.act(host, 'addParticipant', { roomId: job.room.id, userId: stranger.id, role: 'OBSERVER' });
    await accept(await offer(ben, job, 9_000));
    expect([await ask(ben, job, CONTACT), await ask(support, job, CONTACT), await ask(stranger, job, CONTACT)]).toEqual([
      known,
      known,
      hidden,
    ]);
    const traces = await world.sql<{ text: string }>(
      `select concat(m.content, m.metadata, t.payload, t.reason) as text from messages m left join transitions t on t.message_id = m.id`,
    );
    expect(traces.filter(({ text }) => text.includes(ADDRESS) || text.includes(PHONE))).toEqual([]);
    await step(ben, 'withdrawFromJob', { jobId: job.id });
    expect([await ask(poster, job, CONTACT), await ask(support, job, CONTACT)]).toEqual([known, hidden]);
  });
});

describe('work', () => {
  test('goes to and fro until the poster is content', async () => {
    const job = await begun();
    await step(ben, 'submitJob', { jobId: job.id });
    expect(await world.refusal(poster, 'requestRevision', { jobId: job.id })).toBe('BAD_USER_INPUT');
    await step(poster, 'requestRevision', { jobId: job.id, reason: 'The gate, too' });
    await step(ben, 'startJob', { jobId: job.id });
    await step(ben, 'submitJob', { jobId: job.id });
    expect(await step(poster, 'completeJob', { jobId: job.id })).toMatchObject({ status: 'COMPLETED', version: 9 });
  });

  test('ends early when both want it, and goes on when one does not', async () => {
    const job = await begun();
    await step(ben, 'proposeJobCancellation', { jobId: job.id });
    expect(await world.refusal(ben, 'agreeToJobCancellation', { jobId: job.id })).toBe('CONFLICT');
    expect(await ask(poster, job, 'cancelProposedBy { id }')).toEqual({ cancelProposedBy: { id: ben.id } });
    await step(poster, 'declineJobCancellation', { jobId: job.id });
    await step(poster, 'proposeJobCancellation', { jobId: job.id });
    expect(await step(ben, 'agreeToJobCancellation', { jobId: job.id })).toMatchObject({ status: 'CANCELED' });
    const other = await begun();
    expect(await world.refusal(support, 'cancelJob', { jobId: other.id })).toBe('BAD_USER_INPUT');
    expect(await step(support, 'cancelJob', { jobId: other.id, reason: 'They quarrel' })).toMatchObject({ status: 'CANCELED' });
  });

  test.each([['SUBMITTED'], ['REVISION_REQUESTED']])('ends early also when it is %s: by both, or by support', async (status) => {
    const stuck = async () => {
      const job = await begun();
      await step(ben, 'submitJob', { jobId: job.id });
      if (status === 'REVISION_REQUESTED') await step(poster, 'requestRevision', { jobId: job.id, reason: 'The gate, too' });
      return job;
    };
    const [agreed, ended] = [await stuck(), await stuck()];
    await step(poster, 'proposeJobCancellation', { jobId: agreed.id });
    expect(await step(ben, 'agreeToJobCancellation', { jobId: agreed.id })).toMatchObject({ status: 'CANCELED' });
    expect(await step(support, 'cancelJob', { jobId: ended.id, reason: 'They quarrel' })).toMatchObject({ status: 'CANCELED' });
  });

  test('that goes on takes the proposal to end it off the table', async () => {
    const job = await begun();
    await step(ben, 'submitJob', { jobId: job.id });
    await step(ben, 'proposeJobCancellation', { jobId: job.id });
    await step(poster, 'requestRevision', { jobId: job.id, reason: 'The gate, too' });
    expect(await world.refusal(poster, 'agreeToJobCancellation', { jobId: job.id })).toBe('CONFLICT');
    await step(poster, 'proposeJobCancellation', { jobId: job.id });
    await step(ben, 'startJob', { jobId: job.id });
    expect(await world.refusal(ben, 'agreeToJobCancellation', { jobId: job.id })).toBe('CONFLICT');
  });
});

describe('by itself', () => {
  test('a job expires with its offers, and their rooms close', async () => {
    const job = await publish({ openUntil: new Date(Date.now() + DAY_MS).toISOString() });
    const one = await offer(ben, job, 9_000);
    await world.setTime(new Date(Date.now() + DAY_MS - HOUR_MS));
    expect(await statusOf('jobs', job.id)).toBe('OPEN');
    await world.setTime(new Date(Date.now() + DAY_MS + HOUR_MS));
    expect(await statusOf('jobs', job.id)).toBe('EXPIRED');
    await untilClosed(world, one.room, ben);
    expect(await statusOf('job_offers', one.id)).toBe('EXPIRED');
  });

  test('what was submitted is complete after three days', async () => {
    const job = await begun();
    await step(ben, 'submitJob', { jobId: job.id });
    await world.setTime(new Date(Date.now() + 71 * HOUR_MS));
    expect(await statusOf('jobs', job.id)).toBe('SUBMITTED');
    await world.setTime(new Date(Date.now() + 73 * HOUR_MS));
    expect(await statusOf('jobs', job.id)).toBe('COMPLETED');
  });
});
