import type { ClientBase, Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

/** A statement that PostgreSQL plans once per connection. The name is its key there, so a text has one name for ever. */
export interface Statement {
  name: string;
  text: string;
}

/** Where a statement runs: inside a transaction (the manager that was handed in), or alone on a connection of the pool. */
export type Connection = EntityManager | DataSource;

const isManager = (connection: Connection): connection is EntityManager => 'connection' in connection && 'queryRunner' in connection;

async function clientOf(connection: Connection): Promise<ClientBase | Pool> {
  if (isManager(connection) && connection.queryRunner) return (await connection.queryRunner.connect()) as ClientBase;
  const dataSource = isManager(connection) ? connection.connection : connection;
  return (dataSource.driver as unknown as { master: Pool }).master;
}

/** Runs a prepared statement. TypeORM's own `query` plans anew each time, which the hot paths cannot afford. */
export async function run<Row extends object>(connection: Connection, statement: Statement, values: unknown[]): Promise<Row[]> {
  const client = await clientOf(connection);
  const result = await client.query<Row>({ ...statement, values });
  return result.rows;
}
