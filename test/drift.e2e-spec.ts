import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, openDataSource, type TestDatabase } from './support/database.js';
import { allEntities } from './support/entities.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await openDataSource(database, await allEntities());
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

test('entities and migrations describe the same tables', async () => {
  const changes = await dataSource.driver.createSchemaBuilder().log();
  expect(changes.upQueries.map(({ query }) => query)).toEqual([]);
});

test('every entity has a table, and every table an entity, but for those that only SQL touches', async () => {
  const rows = await dataSource.query<{ name: string }[]>(`select tablename as name from pg_tables where schemaname = 'public' order by 1`);
  const tables = rows.map(({ name }) => name);
  const entities = dataSource.entityMetadatas.map(({ tableName }) => tableName);
  expect(tables).toEqual(expect.arrayContaining(entities));
});

test('counts and sequences arrive as numbers', async () => {
  expect(await dataSource.query('select 9007199254740991::bigint as revision, count(*) from users')).toEqual([
    { revision: 9007199254740991, count: 0 },
  ]);
});
