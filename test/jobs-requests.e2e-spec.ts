import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { aSender, type Sender, tell, untilMerged } from './support/inbound.js';
import { JOB, untilClosed } from './support/jobs.js';
import { type Person, type Room, World } from './support/world.js';

interface Job {
  id: string;
  room: Room;
}
interface Asked {
  id: string;
  event: string;
  payload: Record<string, unknown>;
  actor: { id: string };
}

let world: World;
let host: Person, poster: Person, ben: Person, chi: Person;
let sender: Sender;
let job: Job;

beforeAll(async () => {
  world = await World.start();
  host = await world.person('Host', 'SERVICE');
  sender = await aSender(world, host);
});

afterAll(() => world.stop());

/** A job in the open that only the host moves. */
beforeEach(async () => {
  ({ poster, ben, chi } = await world.people('poster', 'ben', 'chi'));
  job = await world.do<Job>(host, 'createJob', { ...JOB, posterId: poster.id, authority: 'HOST' }, 'id room { id code }');
  await world.act(host, 'publishJob', { jobId: job.id });
});

const ask = (person: Person, amountMinor: number, more: object = {}) =>
  world.do<unknown>(person, 'makeJobOffer', { jobId: job.id, amountMinor, ...more }, 'id');
const refused = (person: Person, more: object = {}) =>
  world.refusal(person, 'makeJobOffer', { jobId: job.id, amountMinor: 9_000, ...more });
const makeAsHost = (worker: Person, amountMinor: number) =>
  world.do<{ id: string; room: Room }>(host, 'makeJobOffer', { jobId: job.id, workerId: worker.id, amountMinor }, 'id room { id code }');
const pendingFor = async (person: Person) => {
  const query = 'query ($id: ID!) { job(id: $id) { pendingRequests { id event payload actor { id } } } }';
  return (await world.as(person).get<{ job: { pendingRequests: Asked[] } }>(query, { id: job.id })).job.pendingRequests;
};
const offers = () =>
  world.sql('select worker_id as worker, amount_minor::int as amount, status from job_offers where job_id = $1', [job.id]);
const statuses = async () =>
  (await world.sql<{ status: string }>('select status from step_requests where aggregate_id = $1 order by id', [job.id])).map(
    ({ status }) => status,
  );
/** The room of a bidder with the poster, as the bidder has it. */
const roomOf = async (person: Person): Promise<Room> => {
  const query = '{ rooms { nodes { id code status messages { nodes { content } } } } }';
  const { rooms } = await world.as(person).get<{ rooms: { nodes: Room[] } }>(query);
  expect(rooms.nodes).toHaveLength(1);
  return rooms.nodes[0]!;
};
const saidIn = (room: Room) => (room['messages'] as { nodes: { content: string }[] }).nodes.map(({ content }) => content);

describe('an offer for a job that only the host moves', () => {
  test('is asked for in the room of the bidder with the poster, and there is none before the host makes it', async () => {
    for (let time = 0; time < 2; time++) expect(await ask(ben, 9_000, { idempotencyKey: 'once' })).toBeNull();
    expect(await refused(ben, { amountMinor: 8_000, idempotencyKey: 'once' })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await offers()).toEqual([]);
    const room = await roomOf(ben);
    expect(saidIn(room)).toContain('ben asked to make the job offer');
    expect(await world.refusal(poster, 'sendMessage', { roomId: room.id, content: 'When?' })).toBe('OK');

    const { id: offerRoom } = (await makeAsHost(ben, 9_000)).room;
    expect(offerRoom).toBe(room.id);
    expect(await offers()).toEqual([{ worker: ben.id, amount: 9_000, status: 'OPEN' }]);
    expect(await statuses()).toEqual(['CARRIED_OUT']);
    expect(await ask(ben, 9_000, { idempotencyKey: 'once' })).toBeNull();
    expect(await refused(ben)).toBe('CONFLICT');
  });

  test('is made by the event of the host, which carries out what this bidder asked for and nothing of another one', async () => {
    await ask(ben, 9_000, { expiresAt: '2099-01-01T00:00:00.000Z' });
    await ask(chi, 8_000);
    const [asked] = await pendingFor(host);
    const { workerId, amountMinor } = asked!.payload;
    expect(asked).toMatchObject({ event: 'job_offer.make', actor: { id: ben.id } });
    const data = { externalRef: asked!.id, job: { id: job.id }, worker: { id: workerId }, amountMinor };
    expect(await tell(world, sender, { type: asked!.event, data })).toBe(202);
    await untilMerged(world);
    expect(await offers()).toEqual([{ worker: ben.id, amount: 9_000, status: 'OPEN' }]);
    expect(await statuses()).toEqual(['CARRIED_OUT', 'PENDING']);
  });

  test('that the host makes otherwise is no longer asked for', async () => {
    await ask(ben, 9_000);
    await makeAsHost(ben, 9_500);
    expect(await statuses()).toEqual(['LAPSED']);
  });

  test('is declined by the host, which its room hears, and may be asked for again', async () => {
    await ask(ben, 9_000);
    const [asked] = await pendingFor(host);
    await world.act(host, 'declineRequest', { requestId: asked!.id, reason: 'too much' });
    expect(saidIn(await roomOf(ben))).toContain('The host declined to make the job offer');
    expect(await offers()).toEqual([]);
    expect(await ask(ben, 9_000)).toBeNull();
    expect(await statuses()).toEqual(['DECLINED', 'PENDING']);
  });

  test('is known, while it is asked for, to who may read where it was asked, and to nobody else of the job', async () => {
    await world.act(host, 'addParticipant', { roomId: job.room.id, userId: chi.id, role: 'OBSERVER' });
    await ask(ben, 9_000);
    expect((await pendingFor(poster)).map(({ payload }) => payload)).toEqual([{ workerId: ben.id, amountMinor: 9_000 }]);
    expect(await pendingFor(chi)).toEqual([]);
  });

  test('is asked for by whoever could make it', async () => {
    expect(await refused(poster)).toBe('CONFLICT');
    expect(await refused(ben, { externalRef: 'mine' })).toBe('FORBIDDEN');
    expect(await refused(ben, { workerId: chi.id })).toBe('FORBIDDEN');
    expect(await refused(ben, { expiresAt: '2020-01-01T00:00:00.000Z' })).toBe('BAD_USER_INPUT');
    const draft = await world.do<Job>(host, 'createJob', { ...JOB, posterId: poster.id, authority: 'HOST' }, 'id');
    expect(await refused(ben, { jobId: draft.id })).toBe('NOT_FOUND');
    expect(await world.sql('select from participants where user_id = $1', [ben.id])).toEqual([]);
  });

  test('is no longer asked for when somebody else has the job, and the room closes, also where the host declined', async () => {
    const dan = await world.person('dan');
    await ask(ben, 9_000);
    await ask(dan, 7_000);
    const declined = (await pendingFor(host)).find(({ actor }) => actor.id === dan.id)!;
    await world.act(host, 'declineRequest', { requestId: declined.id });
    const rooms = [await roomOf(ben), await roomOf(dan)];
    await world.act(host, 'acceptJobOffer', { offerId: (await makeAsHost(chi, 8_000)).id });
    for (const room of rooms) await untilClosed(world, room, poster);
    expect(await statuses()).toEqual(['LAPSED', 'DECLINED']);
    expect(await pendingFor(chi)).toEqual([]);
  });
});
