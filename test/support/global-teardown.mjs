import pg from 'pg';

/** A server of our own goes as a whole; somebody else's gets back what this run made. */
export default async function tearDown() {
  const { server, url, run } = globalThis.parleyTestServer;
  if (server) return server.stop();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [run]);
  for (const { datname } of rows) await client.query(`drop database "${datname}" with (force)`);
  await client.end();
}
