import { type Connection, run } from '../../../database/sql.js';
import type { RoomKind } from '../../../rooms/room/room.entity.js';

/**
 * Rooms with news, for the endpoints that want them. `head` is what is known of the room's revision; whoever carries a room looks at it
 * again before letting go, so news that comes meanwhile are not forgotten. The order is that of locking.
 */
const raise = (rooms: string) => `
insert into webhook_positions (room_id, endpoint_id, revision, head, due_at)
select r.id, e.id, 0, r.revision, $3
from ${rooms} r
join webhook_endpoints e on e.id = any($2) and (e.room_kinds is null or r.kind = any(e.room_kinds)) and (e.room_ids is null or r.id = any(e.room_ids))
left join webhook_positions p on p.room_id = r.id and p.endpoint_id = e.id
where p.head is null or p.head < r.revision
order by r.id, e.id
on conflict (room_id, endpoint_id) do update set head = excluded.head, due_at = coalesce(webhook_positions.due_at, excluded.due_at)
where webhook_positions.head < excluded.head`;

const RAISE = { name: 'webhook_raise', text: raise('(select id, kind, revision from rooms where id = any($1::uuid[]))') };

/** What was committed on this node a moment ago. */
export async function raiseRooms(connection: Connection, roomIds: string[], endpointIds: string[], now: Date): Promise<void> {
  await run(connection, RAISE, [roomIds, endpointIds, now]);
}

/** Raises what is new in the next rooms of the round, from the newest to the oldest; gives the last of them, null when it is over. */
type Sweep = (connection: Connection, before: string | null, endpointIds: string[], now: Date, limit: number) => Promise<string | null>;

export function sweeping(name: string, columns: string, raised: (rooms: string) => string): Sweep {
  const text = `
with page as materialized (
  select ${columns} from rooms where $1::uuid is null or id < $1 order by id desc limit $4
), raised as (${raised('page')})
select (select id from page order by id limit 1) as last, count(*) as size from page`;
  return async (connection, before, endpointIds, now, limit) => {
    const [row] = await run<{ last: string | null; size: number }>(connection, { name, text }, [before, endpointIds, now, limit]);
    return row && row.size === limit ? row.last : null;
  };
}

export const sweepRooms = sweeping('webhook_sweep', 'id, kind, revision', raise);

/** A room that this node carries to an endpoint, until `due_at` unless it lets go before. */
export interface Claimed {
  room_id: string;
  endpoint_id: string;
  revision: number;
  lease: string;
}

const CLAIM_ROOMS = {
  name: 'webhook_claim_rooms',
  text: `
with due as materialized (
  select waiting.* from unnest($1::uuid[], $2::int[]) as asked(endpoint_id, free)
  join webhook_endpoints e on e.id = asked.endpoint_id and e.status = 'ACTIVE'
  cross join lateral (
    select p.room_id, p.endpoint_id from webhook_positions p where p.endpoint_id = asked.endpoint_id and p.due_at <= $3
    order by p.due_at limit asked.free for update skip locked
  ) waiting
)
update webhook_positions p set due_at = $4, lease = gen_random_uuid() from due
where p.room_id = due.room_id and p.endpoint_id = due.endpoint_id
returning p.room_id, p.endpoint_id, p.revision, p.lease`,
};

export interface Free {
  endpointId: string;
  places: number;
}

const asked = (free: Free[]) => [free.map(({ endpointId }) => endpointId), free.map(({ places }) => places)];

export const claimRooms = (connection: Connection, free: Free[], now: Date, until: Date): Promise<Claimed[]> =>
  run(connection, CLAIM_ROOMS, [...asked(free), now, until]);

/** A delivery beside the order of its room: asked for again, or one that its room did not wait for. */
export interface ClaimedDelivery {
  id: string;
  endpoint_id: string;
  room_id: string;
  revision: number;
  attempt: number;
  first_attempt_at: Date;
  lease: string;
}

/** Those of a room that were asked for together go one after the other; one that failed is overtaken. */
const CLAIM_DELIVERIES = {
  name: 'webhook_claim_deliveries',
  text: `
with due as materialized (
  select waiting.id from unnest($1::uuid[], $2::int[]) as asked(endpoint_id, free)
  join webhook_endpoints e on e.id = asked.endpoint_id and e.status = 'ACTIVE'
  cross join lateral (
    select d.id from webhook_deliveries d
    where d.endpoint_id = asked.endpoint_id and d.is_detached and d.next_at <= $3 and not exists (
      select 1 from webhook_deliveries b where b.room_id = d.room_id and b.endpoint_id = d.endpoint_id and b.revision < d.revision
        and b.is_detached and b.status in ('PENDING', 'IN_FLIGHT')
    )
    order by d.next_at limit asked.free for update skip locked
  ) waiting
)
update webhook_deliveries d set status = 'IN_FLIGHT', attempt = d.attempt + 1, first_attempt_at = coalesce(d.first_attempt_at, $3),
  updated_at = $3, next_at = $4, lease = gen_random_uuid()
from due where d.id = due.id
returning d.id, d.endpoint_id, d.room_id, d.revision, d.attempt, d.first_attempt_at, d.lease`,
};

export const claimDeliveries = (connection: Connection, free: Free[], now: Date, until: Date): Promise<ClaimedDelivery[]> =>
  run(connection, CLAIM_DELIVERIES, [...asked(free), now, until]);

const SURROUNDINGS = {
  name: 'webhook_surroundings',
  text: `
select r.code, r.kind, coalesce((select jsonb_object_agg(u.id, u.external_id) from users u where u.id = any($2)), '{}') as people
from rooms r where r.id = $1`,
};

/** What events say about their room and their people. */
export interface Surroundings {
  code: string;
  kind: RoomKind;
  /** The host's own ids, by ours. */
  people: Record<string, string>;
}

export async function surroundingsOf(connection: Connection, roomId: string, userIds: string[]): Promise<Surroundings | undefined> {
  const [row] = await run<Surroundings>(connection, SURROUNDINGS, [roomId, userIds]);
  return row;
}

const REACTIONS = {
  name: 'webhook_reactions',
  text: `
select m.id, m.reacted_at, coalesce(jsonb_agg(jsonb_build_object('emoji', r.emoji, 'userIds', r.user_ids) order by r.first, r.emoji)
  filter (where r.emoji is not null), '[]') as reactions
from messages m left join lateral (
  select emoji, min(created_at) as first, jsonb_agg(user_id order by created_at, user_id) as user_ids
  from reactions where message_id = m.id group by emoji
) r on true
where m.id = any($1) group by m.id, m.reacted_at`,
};

/** What stands under a message now, and when that last changed. */
export interface Reacted {
  reactions: { emoji: string; userIds: string[] }[];
  reactedAt: Date | null;
}

/** By the id of the message. */
export async function reactionsUnder(connection: Connection, messageIds: readonly string[]): Promise<Map<string, Reacted>> {
  if (messageIds.length === 0) return new Map();
  type Row = { id: string; reacted_at: Date | null; reactions: Reacted['reactions'] };
  const rows = await run<Row>(connection, REACTIONS, [messageIds]);
  return new Map(rows.map(({ id, reactions, reacted_at: reactedAt }) => [id, { reactions, reactedAt }]));
}
