import { hash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../../database/sql.js';
import type { Metadata } from '../../timeline/log/message.entity.js';
import { ReceiptAdvanced } from '../../timeline/log/read-position.js';
import type { StepRequest } from '../machine/machine.js';
import { Transition, type TransitionSource } from './transition.entity.js';

interface TransitionRow {
  id: string;
  room_id: string;
  aggregate: string;
  aggregate_id: string;
  version: number;
  event: string;
  from_status: string | null;
  to_status: string;
  actor_id: string | null;
  actor_role: string;
  source: TransitionSource;
  reason: string | null;
  payload: Metadata;
  event_key: string | null;
  fingerprint: Buffer | null;
  message_id: string;
  message_sequence: number;
  at: Date;
}

const toTransition = (row: TransitionRow): Transition =>
  Object.assign(new Transition(), {
    id: row.id,
    roomId: row.room_id,
    aggregate: row.aggregate,
    aggregateId: row.aggregate_id,
    version: row.version,
    event: row.event,
    fromStatus: row.from_status,
    toStatus: row.to_status,
    actorId: row.actor_id,
    actorRole: row.actor_role,
    source: row.source,
    reason: row.reason,
    payload: row.payload,
    eventKey: row.event_key,
    fingerprint: row.fingerprint,
    messageId: row.message_id,
    messageSequence: row.message_sequence,
    at: row.at,
  });

/** What makes two requests under one key the same: everything that the caller chose. */
export function fingerprintOf({ event, payload = {}, confidential, reason = null }: StepRequest, id: string | null): Buffer {
  const chosen = [id, event, payload, reason, ...(confidential ? [confidential] : [])];
  return hash('sha256', JSON.stringify(chosen), 'buffer').subarray(0, 16);
}

const INSERT = {
  name: 'insert_transition',
  text: `
insert into transitions (id, room_id, aggregate, aggregate_id, version, event, from_status, to_status, actor_id, actor_role, source, reason,
  payload, event_key, fingerprint, message_id, message_sequence, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
};

export async function insertTransition(manager: EntityManager, one: Transition): Promise<void> {
  await run(manager, INSERT, [
    ...[one.id, one.roomId, one.aggregate, one.aggregateId, one.version, one.event, one.fromStatus, one.toStatus, one.actorId],
    ...[one.actorRole, one.source, one.reason, JSON.stringify(one.payload), one.eventKey, one.fingerprint, one.messageId],
    ...[one.messageSequence, one.at],
  ]);
}

const BY_KEY = { name: 'transition_by_key', text: 'select * from transitions where event_key = $1' };

export async function transitionByKey(connection: Connection, eventKey: string): Promise<Transition | null> {
  const [row] = await run<TransitionRow>(connection, BY_KEY, [eventKey]);
  return row ? toTransition(row) : null;
}

const OF_MESSAGES = { name: 'transitions_of_messages', text: 'select * from transitions where message_id = any($1)' };

export async function transitionsOfMessages(connection: Connection, messageIds: readonly string[]): Promise<Transition[]> {
  return (await run<TransitionRow>(connection, OF_MESSAGES, [messageIds])).map(toTransition);
}

const OF_SUBJECTS = {
  name: 'transitions_of_subjects',
  text: `
select t.* from unnest($1::text[], $2::uuid[]) as wanted(aggregate, aggregate_id)
cross join lateral (
  select * from transitions t where t.aggregate = wanted.aggregate and t.aggregate_id = wanted.aggregate_id order by version desc limit $3
) t order by t.aggregate_id, t.version`,
};

/** The newest steps of many subjects, in their order. */
export async function transitionsOfSubjects(
  connection: Connection,
  subjects: readonly { aggregate: string; id: string }[],
  limit: number,
): Promise<Transition[]> {
  const values = [subjects.map(({ aggregate }) => aggregate), subjects.map(({ id }) => id), limit];
  return (await run<TransitionRow>(connection, OF_SUBJECTS, values)).map(toTransition);
}

/** Who acts has read what their step says, as who sends has read their own message. */
const READ_OWN = {
  name: 'read_own_step',
  text: `
with moved as (
  update participants set last_read_sequence = $3, last_delivered_sequence = greatest(last_delivered_sequence, $3),
    unread_after_sequence = null
  where room_id = $1 and user_id = $2 and status in ('ACTIVE', 'MUTED') and last_read_sequence < $3 returning room_id, user_id, last_delivered_sequence
), receipted as (
  insert into read_receipts (room_id, user_id, up_to_sequence) select room_id, user_id, $3 from moved on conflict do nothing
)
select m.last_delivered_sequence, u.is_reading_hidden from moved m join users u on u.id = m.user_id`,
};

/** Their position as it is from now on; null where it has not moved. */
export async function readOwnStep(
  manager: EntityManager,
  roomId: string,
  userId: string,
  sequence: number,
): Promise<ReceiptAdvanced | null> {
  const [moved] = await run<{ last_delivered_sequence: number; is_reading_hidden: boolean }>(manager, READ_OWN, [roomId, userId, sequence]);
  return moved ? new ReceiptAdvanced(userId, sequence, moved.last_delivered_sequence, moved.is_reading_hidden) : null;
}
