import { type EntityManager, In, Not } from 'typeorm';
import { type Connection, run } from '../../../database/sql.js';
import type { Message } from '../../../timeline/log/message.entity.js';
import { messageColumns, type MessageRow, toMessage } from '../../../timeline/log/message.row.js';
import { DisputeEvidence } from './dispute-file.entity.js';
import { Dispute } from './dispute.entity.js';
import type { DisputeContextKind } from './dispute.enums.js';
import { OVER } from './dispute.rules.js';
import type { About } from './sides.js';

const LIVE = `status not in ('FINAL', 'WITHDRAWN', 'EXPIRED')`;

export const liveDisputes = (connection: Connection, roomId: string): Promise<Dispute[]> =>
  connection.getRepository(Dispute).findBy({ roomId, status: Not(In([...OVER])) });

const SETTLED_OR_LIVE = {
  name: 'disputes_about',
  text: `select id, status from disputes where context_kind = $1 and context_id = $2 and status not in ('WITHDRAWN', 'EXPIRED')
    order by (status = 'FINAL'), id desc limit 1`,
};

/** The live dispute about a thing, else the newest that was decided. */
export async function disputeAbout(
  connection: Connection,
  kind: DisputeContextKind,
  contextId: string,
): Promise<{ id: string; status: string } | null> {
  const [row] = await run<{ id: string; status: string }>(connection, SETTLED_OR_LIVE, [kind, contextId]);
  return row ?? null;
}

/** What disputes do to a thing, and what they say in a room, would renew for ever the days in which one can be opened. */
const HOLDS = `('hold', 'lift')`;

const LAST_STEP = {
  name: 'last_step_but_holds',
  text: `select at from transitions where aggregate = $1 and aggregate_id = $2 and event not in ${HOLDS} order by version desc limit 1`,
};

/** When something happened to a thing last. */
export async function lastStepOf(connection: Connection, { machine, subject }: About): Promise<Date> {
  const [row] = await run<{ at: Date }>(connection, LAST_STEP, [machine.name, subject.id]);
  return row?.at ?? subject.createdAt;
}

/** A seat that comes or goes by a step is a mediator's, or the step has a message of its own. */
const LAST_WORD = {
  name: 'last_word_but_disputes',
  text: `
select coalesce(last.at, r.created_at) as at from rooms r left join lateral (
  select m.created_at as at from messages m
  where m.room_id = r.id and (m.sender_id is not null or not coalesce(m.metadata->>'aggregate' = 'dispute'
    or m.metadata->>'aggregate' = 'payment' and m.metadata->>'event' in ${HOLDS} or m.metadata->'words'->>'variant' = 'step', false))
  order by m.sequence desc limit 1) last on true
where r.id = $1`,
};

/** When somebody said something in a room last, or something happened there. */
export async function lastWordIn(connection: Connection, roomId: string): Promise<Date> {
  const [row] = await run<{ at: Date }>(connection, LAST_WORD, [roomId]);
  return row!.at;
}

const AS_GUEST = {
  name: 'mediates_as_guest',
  text: `select 1 as found from disputes where room_id = $1 and mediator_id = $2 and mediator_is_guest and ${LIVE} limit 1`,
};
const ELSEWHERE = {
  name: 'mediates_elsewhere',
  text: `select 1 as found from disputes where room_id = $2 and mediator_id = $3 and id <> $1 and ${LIVE} limit 1`,
};

/** Whether somebody is in the room only for a dispute of it. */
export const mediatesAsGuest = async (manager: EntityManager, roomId: string, userId: string): Promise<boolean> =>
  (await run(manager, AS_GUEST, [roomId, userId])).length > 0;

export const mediatesElsewhere = async (manager: EntityManager, id: string, roomId: string, userId: string): Promise<boolean> =>
  (await run(manager, ELSEWHERE, [id, roomId, userId])).length > 0;

const VISIBLE = {
  name: 'visible_messages',
  text: `
select ${messageColumns('m')} from messages m left join participants p on p.room_id = m.room_id and p.user_id = $3
where m.id = any($2) and m.room_id = $1 and m.sequence > coalesce(p.history_from_sequence, 0) order by m.sequence`,
};

/** Those of the room that lie within somebody's history; all for whom there is no seat: the host. */
export async function visibleMessages(
  connection: Connection,
  roomId: string,
  ids: readonly string[],
  userId: string | null,
): Promise<Message[]> {
  return (await run<MessageRow>(connection, VISIBLE, [roomId, ids, userId])).map(toMessage);
}

const NEWEST = {
  name: 'newest_messages_after',
  text: `select ${messageColumns('m')} from messages m where m.room_id = $1 and m.sequence > $2 order by m.sequence desc limit $3`,
};

/** The newest of a room after somebody's horizon, in their order. */
export async function newestMessages(connection: Connection, roomId: string, horizon: number, limit: number): Promise<Message[]> {
  return (await run<MessageRow>(connection, NEWEST, [roomId, horizon, limit])).map(toMessage).reverse();
}

export const evidenceOf = (manager: EntityManager, disputeId: string): Promise<DisputeEvidence[]> =>
  manager.find(DisputeEvidence, { where: { disputeId }, order: { id: 'ASC' } });

const OF_ROOMS = {
  name: 'disputes_of_rooms',
  text: `select d.id from unnest($1::uuid[]) as wanted(room_id)
    cross join lateral (select id from disputes d where d.room_id = wanted.room_id order by id desc limit $2) d`,
};

/** The newest of each room. */
export const disputesOfRooms = async (connection: Connection, roomIds: readonly string[], limit: number): Promise<string[]> =>
  (await run<{ id: string }>(connection, OF_ROOMS, [roomIds, limit])).map(({ id }) => id);

/** Each way of having to do with a dispute is a range of its own index; those whose room is closed to the person are left out. */
const side = (column: string) =>
  `(select d.id from disputes d join participants p on p.room_id = d.room_id and p.user_id = $1 and p.status in ('ACTIVE', 'MUTED')
    join rooms r on r.id = d.room_id and r.deleted_at is null
    where d.${column} = $1 and ($2::uuid is null or d.id < $2) and ($3::text[] is null or d.status = any($3)) order by d.id desc limit $4)`;

const MINE = {
  name: 'my_disputes',
  text: `select id from (${['opened_by', 'against', 'mediator_id'].map(side).join(' union ')}) mine order by id desc limit $4`,
};

/** Newest first: ids ascend in time. */
export const myDisputes = async (
  connection: Connection,
  userId: string,
  page: { after: string | null; statuses: string[] | null; limit: number },
): Promise<string[]> => (await run<{ id: string }>(connection, MINE, [userId, page.after, page.statuses, page.limit])).map(({ id }) => id);
