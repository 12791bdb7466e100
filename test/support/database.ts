import { randomBytes } from 'node:crypto';
import type { Type } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['PARLEY_TEST_SERVER'] });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const MIGRATED = process.env['PARLEY_TEST_TEMPLATE'] ?? '';

/** A database with all tables and no rows, for one test file: call it in `beforeAll`, and `drop` in `afterAll`. */
export async function createTestDatabase(template = MIGRATED): Promise<TestDatabase> {
  const name = `${MIGRATED}_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name} template ${template}`);
  const url = new URL(process.env['PARLEY_TEST_SERVER'] ?? '');
  url.pathname = name;
  return { url: url.href, drop: () => administer(`drop database ${name} with (force)`) };
}

/** A data source without the application around it; the caller destroys it. */
export function openDataSource({ url }: TestDatabase, entities: Type[] = []): Promise<DataSource> {
  return new DataSource({ ...dataSourceOptions(url, { databasePool: 5 }), entities }).initialize();
}
