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

const drift = async () => (await dataSource.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

test('entities and migrations describe the same tables', async () => {
  expect(await drift()).toEqual([]);
});

test('a column that only the database knows is noticed', async () => {
  await dataSource.query('alter table rooms add column surprise text');
  expect(await drift()).toEqual(['ALTER TABLE "rooms" DROP COLUMN "surprise"']);
});

test('counts and sequences arrive as numbers', async () => {
  expect(await dataSource.query('select 9007199254740991::bigint as revision, count(*) from users')).toEqual([
    { revision: 9007199254740991, count: 0 },
  ]);
});
