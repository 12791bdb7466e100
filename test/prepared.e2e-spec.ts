import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { User } from '../src/users/user.entity.js';
import { createTestDatabase, openDataSource, type TestDatabase } from './support/database.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await openDataSource(database, [User]);
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const PREPARED = `select name, statement, (generic_plans + custom_plans)::int as runs from pg_prepared_statements where statement like $1`;
const preparedBy = (manager: EntityManager, like: string): Promise<{ name: string; statement: string; runs: number }[]> =>
  manager.query(PREPARED, [like]);

test('what TypeORM asks again is prepared once on a connection, whatever it asks about', async () => {
  await dataSource.transaction(async (manager) => {
    for (const externalId of ['ada', 'ben', 'ada']) expect(await manager.findOneBy(User, { externalId })).toBeNull();
    expect(await preparedBy(manager, '%"users"%')).toEqual([expect.objectContaining({ runs: 3 })]);
  });
});

test('a connection keeps two hundred texts, and goes on with others', async () => {
  await dataSource.transaction(async (manager) => {
    for (let i = 0; i < 300; i++) expect(await manager.query(`select $1::int + ${i} as sum`, [1])).toEqual([{ sum: i + 1 }]);
    expect(await preparedBy(manager, '%')).toHaveLength(200);
    expect(await manager.query(`select $1::int + 299 as sum`, [2])).toEqual([{ sum: 301 }]);
  });
});
