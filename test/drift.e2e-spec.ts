import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, openDataSource, type TestDatabase } from './support/database.js';
import { allEntities } from './support/entities.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await openDataSource(database, await allEntities());
  askInTurn(dataSource);
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** TypeORM looks at all tables at once on one connection, which pg warns of; here it asks one thing after another. */
function askInTurn(source: DataSource): void {
  const create = source.createQueryRunner.bind(source);
  source.createQueryRunner = (mode) => {
    const runner = create(mode);
    const query = runner.query.bind(runner) as (text: string, values?: unknown[]) => Promise<unknown>;
    let last: Promise<unknown> = Promise.resolve();
    runner.query = (text: string, values?: unknown[]) => {
      const answer = last.then(() => query(text, values));
      last = answer.catch(() => undefined);
      return answer as Promise<never>;
    };
    return runner;
  };
}

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
