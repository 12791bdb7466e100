import fs from 'node:fs';
import { expect, test } from '@jest/globals';
import { migrate } from '../src/database/migrate.js';
import { createTestDatabase, openDataSource } from './support/database.js';

test('nodes that start at once with an empty database migrate it once', async () => {
  const database = await createTestDatabase('template0');
  await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);

  const dataSource = await openDataSource(database);
  const done = await dataSource.query<{ timestamp: number }[]>('select timestamp from migrations order by id');
  const written = fs.readdirSync('migrations').map((file) => Number.parseInt(file));
  expect(done.map(({ timestamp }) => timestamp)).toEqual(written.sort((a, b) => a - b));
  await dataSource.destroy();
  await database.drop();
});
