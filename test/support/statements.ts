import pg from 'pg';
import type { DataSource } from 'typeorm';

/**
 * The SQL statements that this process sends while `work` runs, from whichever node or connection. Transaction control counts too.
 * Only where nothing else happens meanwhile: a test file has its own process, so that is the test's to arrange.
 *
 * @param database where the process has several of them, which one is meant
 */
export async function statementsDuring(
  work: () => Promise<unknown>,
  onStatement: (text: string, values: unknown[]) => void = () => undefined,
  database?: { url: string },
): Promise<string[]> {
  const name = database && new URL(database.url).pathname.slice(1);
  const statements: string[] = [];
  const prototype = pg.Client.prototype as unknown as { query: (this: unknown, ...args: unknown[]) => unknown };
  const original = prototype.query;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    // The jobs look for work every now and then, whatever anybody does.
    const { connectionParameters: to } = this as { connectionParameters: { application_name?: string; database: string } };
    if (to.application_name === 'parley-jobs' || (name !== undefined && to.database !== name)) return original.apply(this, args);
    const [query, given] = args as [string | { text: string; values?: unknown[] }, unknown[] | undefined];
    const text = typeof query === 'string' ? query : query.text;
    statements.push(text);
    onStatement(text, (typeof query === 'string' ? given : query.values) ?? []);
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return statements;
}

/** What a node asks from time to time, whatever anybody does: how far its rooms and inboxes have come, who still has access, who was seen. */
export const ROUTINE = /select id, revision from rooms|with seat as|given\.at|presence_changed_at/;

/** The same without what happens by itself. */
export const askedDuring = async (work: () => Promise<unknown>): Promise<string[]> =>
  (await statementsDuring(work)).filter((text) => !ROUTINE.test(text));

/** The plan of the first statement of `work` that matches, run once more with the same values. */
export async function explained(database: DataSource, matching: RegExp, work: () => Promise<unknown>): Promise<unknown> {
  const calls: { text: string; values: unknown[] }[] = [];
  await statementsDuring(work, (text, values) => calls.push({ text, values }));
  const call = calls.find(({ text }) => matching.test(text));
  if (!call) throw new Error(`no statement matches ${matching}`);
  const rows: { 'QUERY PLAN': [{ Plan: unknown }] }[] = await database.query(`explain (analyze, format json) ${call.text}`, call.values);
  return rows[0]?.['QUERY PLAN'][0].Plan;
}
