import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../../../database/sql.js';
import type { JobStatus } from './job.entity.js';

const ROOM = { name: 'job_room', text: 'select room_id from jobs where id = $1' };

export async function jobRoom(manager: EntityManager, jobId: string): Promise<string> {
  const [row] = await run<{ room_id: string }>(manager, ROOM, [jobId]);
  return row!.room_id;
}

const ACCEPTED = { name: 'accepted_job_offer', text: `select id, room_id from job_offers where job_id = $1 and status = 'ACCEPTED'` };

export async function acceptedOffer(connection: Connection, jobId: string): Promise<{ id: string; roomId: string } | null> {
  const [row] = await run<{ id: string; room_id: string }>(connection, ACCEPTED, [jobId]);
  return row ? { id: row.id, roomId: row.room_id } : null;
}

const WITHDRAWN = {
  name: 'job_withdrawn_since',
  text: `select 1 as found from transitions where aggregate = 'job' and aggregate_id = $1 and event = 'withdraw' and at >= $2 limit 1`,
};

/** Whether a worker has withdrawn from it since then. */
export const hasWithdrawnSince = async (manager: EntityManager, jobId: string, at: Date): Promise<boolean> =>
  (await run(manager, WITHDRAWN, [jobId, at])).length > 0;

const STATE = { name: 'share_job', text: 'select status, worker_id from jobs where id = $1 for share' };

/** What a job is until the end of the transaction. After the lock of the bidder's room, as in every other transaction. */
export async function shareJob(manager: EntityManager, jobId: string): Promise<{ status: JobStatus; workerId: string | null }> {
  const [row] = await run<{ status: JobStatus; worker_id: string | null }>(manager, STATE, [jobId]);
  return { status: row!.status, workerId: row!.worker_id };
}

const OPEN = {
  name: 'open_jobs',
  text: `select j.id from jobs j join rooms r on r.id = j.room_id
    where j.status = 'OPEN' and r.deleted_at is null and ($1::uuid is null or j.id < $1) order by j.id desc limit $2`,
};

/** Newest first: ids ascend in time. */
export const openJobs = async (connection: Connection, after: string | null, limit: number): Promise<string[]> =>
  (await run<{ id: string }>(connection, OPEN, [after, limit])).map(({ id }) => id);

const MINE = {
  name: 'my_jobs',
  text: `select j.id from participants p join rooms r on r.id = p.room_id join jobs j on j.room_id = p.room_id
    where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null
      and ($2::text[] is null or j.status = any($2)) and ($3::uuid is null or j.id < $3) order by j.id desc limit $4`,
};

export const myJobs = async (
  connection: Connection,
  userId: string,
  status: JobStatus[] | null,
  after: string | null,
  limit: number,
): Promise<string[]> => (await run<{ id: string }>(connection, MINE, [userId, status, after, limit])).map(({ id }) => id);

/** Who has no seat in an offer's room sees it where platform staff would be let in. */
const OFFERS = {
  name: 'job_offers_seen',
  text: `select o.id from job_offers o join rooms r on r.id = o.room_id left join participants p on p.room_id = o.room_id and p.user_id = $2
    where o.job_id = $1 and r.deleted_at is null and ($4::uuid is null or o.id < $4)
      and (p.status in ('ACTIVE', 'MUTED') or ($3 and coalesce(p.status, 'NONE') <> 'BLOCKED')) order by o.id desc limit $5`,
};

/** Those in whose rooms the viewer is: all for the poster, their own for a bidder. */
export const offersSeen = async (
  connection: Connection,
  jobId: string,
  viewer: { userId: string; isStaff: boolean },
  after: string | null,
  limit: number,
): Promise<string[]> =>
  (await run<{ id: string }>(connection, OFFERS, [jobId, viewer.userId, viewer.isStaff, after, limit])).map(({ id }) => id);

const OF_ROOMS = {
  name: 'job_offers_of_rooms',
  text: `select o.id from unnest($1::uuid[]) as wanted(room_id)
    cross join lateral (select id from job_offers o where o.room_id = wanted.room_id order by id desc limit $2) o`,
};

/** The newest of each room. */
export const offersOfRooms = async (connection: Connection, roomIds: readonly string[], limit: number): Promise<string[]> =>
  (await run<{ id: string }>(connection, OF_ROOMS, [roomIds, limit])).map(({ id }) => id);

const HAS_OFFERED = { name: 'has_offered', text: 'select id from job_offers where job_id = $1 and worker_id = $2 limit 1' };

export const hasOffered = async (connection: Connection, jobId: string, workerId: string): Promise<boolean> =>
  (await run(connection, HAS_OFFERED, [jobId, workerId])).length > 0;

const LIVE = {
  name: 'live_job_offer',
  text: `select id from job_offers where job_id = $1 and worker_id = $2 and status in ('OPEN', 'ACCEPTED')`,
};

export async function liveOffer(connection: Connection, jobId: string, workerId: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(connection, LIVE, [jobId, workerId]);
  return row?.id ?? null;
}

const BIDDERS = {
  name: 'bidders_rooms',
  text: `
select distinct b.room_id from (
  select room_id, status = 'OPEN' as is_open from job_offers where job_id = $1
  union all
  select room_id, status = 'PENDING' from step_requests where aggregate_id = $1 and event = 'job_offer.make'
) b join rooms r on r.id = b.room_id where r.status = 'OPEN' or b.is_open order by b.room_id`,
};

/** The rooms of bidders in which something is still open. */
export const biddersRooms = async (connection: Connection, jobId: string): Promise<string[]> =>
  (await run<{ room_id: string }>(connection, BIDDERS, [jobId])).map((row) => row.room_id);

const IN_ROOM = {
  name: 'job_offers_in_room',
  text: 'select id, worker_id, status from job_offers where job_id = $1 and room_id = $2 order by id',
};

export const offersInRoom = (manager: EntityManager, jobId: string, roomId: string) =>
  run<{ id: string; worker_id: string; status: string }>(manager, IN_ROOM, [jobId, roomId]);
