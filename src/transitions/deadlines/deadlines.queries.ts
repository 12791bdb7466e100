import type { EntityManager } from 'typeorm';
import { newId } from '../../common/values/ids.js';
import { type Connection, run } from '../../database/sql.js';

interface DeadlineRow {
  id: string;
  room_id: string;
  aggregate: string;
  aggregate_id: string;
  task: string;
  due_at: Date;
}

export interface DueDeadline {
  id: string;
  roomId: string;
  aggregate: string;
  aggregateId: string;
  task: string;
  dueAt: Date;
}

const toDeadline = (row: DeadlineRow): DueDeadline => ({
  id: row.id,
  roomId: row.room_id,
  aggregate: row.aggregate,
  aggregateId: row.aggregate_id,
  task: row.task,
  dueAt: row.due_at,
});

const SET = {
  name: 'set_deadline',
  text: `
insert into deadlines (id, room_id, aggregate, aggregate_id, task, due_at) values ($1, $2, $3, $4, $5, $6)
on conflict (aggregate, aggregate_id, task) where fired_at is null do update set due_at = excluded.due_at
returning id`,
};

export async function setDeadline(
  manager: EntityManager,
  deadline: { roomId: string; aggregate: string; aggregateId: string; task: string; dueAt: Date },
): Promise<string> {
  const { roomId, aggregate, aggregateId, task, dueAt } = deadline;
  const [row] = await run<{ id: string }>(manager, SET, [newId(), roomId, aggregate, aggregateId, task, dueAt]);
  return row!.id;
}

const OPEN = {
  name: 'open_deadlines',
  text: 'select id, task from deadlines where aggregate = $1 and aggregate_id = $2 and fired_at is null',
};

export const openDeadlines = (connection: Connection, aggregate: string, aggregateId: string) =>
  run<{ id: string; task: string }>(connection, OPEN, [aggregate, aggregateId]);

const DROP = { name: 'drop_deadlines', text: 'delete from deadlines where id = any($1) and fired_at is null' };

export async function dropDeadlines(manager: EntityManager, ids: string[]): Promise<void> {
  await run(manager, DROP, [ids]);
}

const FIND = { name: 'deadline', text: 'select * from deadlines where id = $1 and fired_at is null' };
const TAKE = {
  name: 'take_deadline',
  text: 'update deadlines set fired_at = $3 where id = $1 and due_at = $2 and fired_at is null returning *',
};
const DUE = {
  name: 'due_deadlines',
  text: 'select * from deadlines where fired_at is null and due_at <= $1 order by due_at, id limit 100',
};

export async function findDeadline(connection: Connection, id: string): Promise<DueDeadline | null> {
  const [row] = await run<DeadlineRow>(connection, FIND, [id]);
  return row ? toDeadline(row) : null;
}

/** Null when somebody else has it, or it was dropped, or put off to another time. */
export async function takeDeadline(
  manager: EntityManager,
  { id, dueAt }: Pick<DueDeadline, 'id' | 'dueAt'>,
  now: Date,
): Promise<DueDeadline | null> {
  const [row] = await run<DeadlineRow>(manager, TAKE, [id, dueAt, now]);
  return row ? toDeadline(row) : null;
}

export async function dueDeadlines(connection: Connection, now: Date): Promise<DueDeadline[]> {
  return (await run<DeadlineRow>(connection, DUE, [now])).map(toDeadline);
}
