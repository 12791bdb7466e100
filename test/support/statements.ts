import pg from 'pg';

/**
 * The SQL statements that this process sends while `work` runs, from whichever node or connection. Transaction control counts too.
 * Only where nothing else happens meanwhile: a test file has its own process, so that is the test's to arrange.
 */
export async function statementsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const prototype = pg.Client.prototype as unknown as { query: (this: unknown, ...args: unknown[]) => unknown };
  const original = prototype.query;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const [query] = args;
    statements.push(typeof query === 'string' ? query : ((query as { text?: string }).text ?? ''));
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return statements;
}
