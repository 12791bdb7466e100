import { newId } from '../../src/common/values/ids.js';
import { Job } from '../../src/integrations/jobs/job/job.entity.js';
import { JobOffer } from '../../src/integrations/jobs/offers/job-offer.entity.js';
import type { Message, Person, Room, World } from './world.js';

export const JOB = { title: 'Paint the fence', budgetMinor: 12_000, currency: 'EUR' };

/** What a room of any kind is about, straight in the tables: a job that nobody else knows of, and an offer for it by somebody there. */
export async function aJobIn(
  world: World,
  roomId: string,
  [posterId, workerId]: [string, string],
  text: string,
): Promise<{ job: string; jobOffer: string }> {
  const [job, jobOffer] = [newId(), newId()];
  await world.sql(
    `insert into jobs (id, room_id, status, number, poster_id, title, description, area, budget_minor, currency, external_ref)
     values ($1, $2, 'DRAFT', $4, $3, $4, $4, $4, 12000, 'EUR', $4)`,
    [job, roomId, posterId, text],
  );
  await world.sql('insert into job_contacts (job_id, address, phone) values ($1, $2, left($2, 40))', [job, text]);
  await world.sql(
    `insert into job_offers (id, room_id, status, job_id, poster_id, worker_id, amount_minor, currency, expires_at, external_ref)
     values ($1, $2, 'OPEN', $3, $4, $6, 12000, 'EUR',
       now() + interval '1 day', $5)`,
    [jobOffer, roomId, job, posterId, text, workerId],
  );
  return { job, jobOffer };
}

/** People of a job: poster and worker are who they are by its row, the others by their roles in its room. */
export interface JobPeople {
  poster: Person;
  worker: Person;
  others: Record<string, Person>;
}

const WITHOUT_WORKER = ['DRAFT', 'OPEN', 'EXPIRED'];

async function makeRooms(world: World, rooms: string[], { poster, worker, others }: JobPeople): Promise<void> {
  const seats = [[poster, 'CLIENT'], [worker, 'WORKER'], ...Object.entries(others).map(([role, person]) => [person, role])] as [
    Person,
    string,
  ][];
  await world.sql(
    `insert into rooms (id, code, kind, status, title, participant_count)
     select id, 'JOB-' || upper(right(id::text, 12)), 'JOB', 'OPEN', 'A job', $2 from unnest($1::uuid[]) as room(id)`,
    [rooms, seats.length],
  );
  await world.sql(
    `insert into participants (room_id, user_id, role, status)
     select room, person, role, 'ACTIVE' from unnest($1::uuid[]) room, unnest($2::uuid[], $3::text[]) as seat(person, role)`,
    [rooms, seats.map(([{ id }]) => id), seats.map(([, role]) => role)],
  );
}

/** Jobs in this state, each in a room of its own with all these people. The worker has one that is in somebody's hands, by an offer. */
export async function makeJobs(world: World, people: JobPeople, status: string, count: number): Promise<Job[]> {
  const jobs = Array.from({ length: count }, () => Object.assign(new Job(), { id: newId(), roomId: newId() }));
  const rooms = jobs.map(({ roomId }) => roomId);
  const ids = jobs.map(({ id }) => id);
  const hasWorker = !WITHOUT_WORKER.includes(status);
  await makeRooms(world, rooms, people);
  await world.sql(
    `insert into jobs (id, room_id, status, number, poster_id, worker_id, agreed_minor, title, budget_minor, currency)
     select id, room, $3, '1042', $4, $5, 12000, 'Paint the fence', 12000, 'EUR' from unnest($1::uuid[], $2::uuid[]) as one(id, room)`,
    [ids, rooms, status, people.poster.id, hasWorker ? people.worker.id : null],
  );
  if (hasWorker) await insertOffers(world, people, rooms, ids, 'ACCEPTED');
  return jobs;
}

/** Offers in this state for open jobs; the job of an accepted one is assigned. All are in the room of the job, with all these people. */
export async function makeJobOffers(world: World, people: JobPeople, status: string, count: number): Promise<JobOffer[]> {
  const jobs = await makeJobs(world, people, 'OPEN', count);
  const rooms = jobs.map(({ roomId }) => roomId);
  const ids = await insertOffers(
    world,
    people,
    rooms,
    jobs.map(({ id }) => id),
    status,
  );
  return ids.map((id, at) => Object.assign(new JobOffer(), { id, roomId: rooms[at], jobId: jobs[at]!.id }));
}

async function insertOffers(world: World, { poster, worker }: JobPeople, rooms: string[], jobs: string[], status: string) {
  const ids = jobs.map(() => newId());
  await world.sql(
    `insert into job_offers (id, room_id, status, job_id, poster_id, worker_id, amount_minor, currency, expires_at)
     select id, room, $4, job, $5, $6, 12000, 'EUR', now() + interval '1 day' from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as one(id, room, job)`,
    [ids, rooms, jobs, status, poster.id, worker.id],
  );
  return ids;
}

/** So many people with an offer each, in a room of theirs; straight in the tables. */
export async function manyOffers(world: World, of: { job: string; poster: string }, count: number): Promise<string[]> {
  const rows = await world.sql<{ id: string }>(
    `with bidders as (
       insert into users (id, external_id, display_name, role) select gen_random_uuid(), gen_random_uuid(), 'Bidder ' || n, 'USER'
       from generate_series(1, $1::int) n returning id
     ), theirs as (
       select id as worker, gen_random_uuid() as room from bidders
     ), rooms as (
       insert into rooms (id, code, kind, status, title, participant_count)
       select room, 'JOB-' || upper(right(room::text, 12)), 'JOB', 'OPEN', 'An offer', 2 from theirs
     ), seats as (
       insert into participants (room_id, user_id, role, status)
       select room, worker, 'WORKER', 'ACTIVE' from theirs union all select room, $3, 'CLIENT', 'ACTIVE' from theirs
     )
     insert into job_offers (id, room_id, status, job_id, poster_id, worker_id, amount_minor, currency, expires_at)
     select gen_random_uuid(), room, 'OPEN', $2, $3, worker, 12000, 'EUR', now() + interval '1 day' from theirs returning id`,
    [count, of.job, of.poster],
  );
  return rows.map(({ id }) => id);
}

/** What follows a commit by the queue has closed this room: until its notice is heard. */
export async function untilClosed(world: World, room: Room, person: Person): Promise<void> {
  const heard = world
    .as(person)
    .subscribe<{ messageAdded: Message }>('subscription ($roomId: ID!) { messageAdded(roomId: $roomId, afterSequence: 0) { metadata } }', {
      roomId: room.id,
    });
  await heard.until(({ messageAdded }) => (messageAdded['metadata'] as { event?: string } | null)?.event === 'room.closed');
  await heard.leave();
}
