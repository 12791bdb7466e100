import { type Connection, run } from '../database/sql.js';

export interface JobOptions {
  /** Not before this moment; absent: at once. */
  runAt?: Date;
  /** A later job with the same key takes the place of one that has not run yet. */
  key?: string;
}

const ADD = {
  name: 'add_job',
  text: 'select id from graphile_worker.add_job($1, payload := $2::json, run_at := $3, job_key := $4)',
};
const REMOVE = { name: 'remove_job', text: 'select id from graphile_worker.remove_job($1)' };

/** In a transaction, the job exists if and only if the transaction commits. */
export async function addJob(connection: Connection, task: string, payload: object, { runAt, key }: JobOptions = {}): Promise<void> {
  await run(connection, ADD, [task, JSON.stringify(payload), runAt ?? null, key ?? null]);
}

/** What has run, or was never there, is no error. */
export async function removeJob(connection: Connection, key: string): Promise<void> {
  await run(connection, REMOVE, [key]);
}
