import { firstIdAt } from '../../../common/values/ids.js';
import { type Connection, run } from '../../../database/sql.js';

/** A room's position goes back, unless it is behind that place anyway; what was tried after it counts from the start. */
const REWIND = {
  name: 'webhook_rewind',
  text: `
with place as (
  select r.id as room_id, e.id as endpoint_id, r.revision as head,
    least(coalesce($3::bigint, (select m.created_revision from messages m where m.room_id = r.id and m.sequence = $4), 0), r.revision) as revision
  from rooms r join webhook_endpoints e on e.id = $2 and (e.room_kinds is null or r.kind = any(e.room_kinds)) and (e.room_ids is null or r.id = any(e.room_ids))
  where r.id = $1
), moved as (
  insert into webhook_positions (room_id, endpoint_id, revision, head, due_at)
  select room_id, endpoint_id, revision, head, $5 from place
  on conflict (room_id, endpoint_id) do update set revision = least(webhook_positions.revision, excluded.revision),
    head = greatest(webhook_positions.head, excluded.head),
    due_at = case when webhook_positions.lease is null then excluded.due_at else webhook_positions.due_at end
  returning room_id
), anew as (
  update webhook_deliveries d set status = 'PENDING', attempt = 0, first_attempt_at = null, next_at = null, is_detached = false, code = null, error = null
  from place where d.room_id = place.room_id and d.endpoint_id = place.endpoint_id and d.revision > place.revision and d.status <> 'IN_FLIGHT'
  returning 1
)
select (select count(*) from moved) as rooms, (select count(*) from anew) as deliveries`,
};

/** How many deliveries begin anew; null for a room that is not there or that the endpoint does not hear of. */
export async function rewindRoom(
  connection: Connection,
  endpointId: string,
  room: { id: string; afterRevision: number | null; afterSequence: number | null },
  now: Date,
): Promise<number | null> {
  const values = [room.id, endpointId, room.afterRevision, room.afterSequence, now];
  const [row] = await run<{ rooms: number; deliveries: number }>(connection, REWIND, values);
  return row && row.rooms > 0 ? row.deliveries : null;
}

const ANEW = `status = 'PENDING', attempt = 0, first_attempt_at = null, next_at = $2, is_detached = true, lease = null`;

const AGAIN = {
  name: 'webhook_again',
  text: `
update webhook_deliveries set ${ANEW}
where endpoint_id = $1 and id = $3 and revision is not null and (status in ('DELIVERED', 'DEAD') or (status = 'RETRYING' and is_detached))
returning 1`,
};

/** An event that its room waits for is tried as soon as the room is due. */
const NOW = {
  name: 'webhook_now',
  text: `
update webhook_positions p set due_at = $2 from webhook_deliveries d
where d.endpoint_id = $1 and d.id = $3 and d.revision is not null and d.status = 'RETRYING' and not d.is_detached
  and p.room_id = d.room_id and p.endpoint_id = d.endpoint_id and p.lease is null
returning 1`,
};

/** False for what is being tried, or waits to be, already. */
export async function tryAgain(connection: Connection, endpointId: string, deliveryId: string, now: Date): Promise<boolean> {
  const values = [endpointId, now, deliveryId];
  return (await run(connection, AGAIN, values)).length > 0 || (await run(connection, NOW, values)).length > 0;
}

const AGAIN_BETWEEN = {
  name: 'webhook_again_between',
  text: `
update webhook_deliveries set ${ANEW}
where endpoint_id = $1 and created_at >= $3 and created_at < $4 and revision is not null and status in ('DELIVERED', 'DEAD')
returning 1`,
};

export async function tryAgainBetween(connection: Connection, endpointId: string, from: Date, to: Date, now: Date): Promise<number> {
  return (await run(connection, AGAIN_BETWEEN, [endpointId, now, from, to])).length;
}

/** Ids ascend in time, so that what is younger is not looked at. */
const FORGET = {
  name: 'webhook_forget',
  text: `
with gone as (
  delete from webhook_deliveries where id in (
    select d.id from webhook_endpoints e cross join lateral (
      select o.id from webhook_deliveries o
      where o.endpoint_id = e.id and o.id < $3 and o.created_at < $1 and o.status in ('DELIVERED', 'DEAD') order by o.id limit $2
    ) d
  ) returning 1
)
select count(*)::int as gone from gone`,
};

/** How many went: the oldest of each endpoint, as many at a time. */
export async function forgetDeliveries(connection: Connection, before: Date, limit: number): Promise<number> {
  const [row] = await run<{ gone: number }>(connection, FORGET, [before, limit, firstIdAt(before)]);
  return row?.gone ?? 0;
}
