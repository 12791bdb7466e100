import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type GraphQLSchema, isEnumType, isInputObjectType, isObjectType, lexicographicSortSchema, printSchema } from 'graphql';
import type { Node } from '../src/node.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { startTestNode } from './support/node.js';

let database: TestDatabase;
let node: Node;
let schema: GraphQLSchema;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startTestNode(database);
  schema = node.app.get(GraphQLSchemaHost, { strict: false }).schema;
});

afterAll(async () => {
  await node.close();
  await database.drop();
});

test('schema.gql is the API of a running node; `npm run schema` writes it anew', () => {
  expect(fs.readFileSync('schema.gql', 'utf8')).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});

const operations = () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) => Object.values(root?.getFields() ?? {}));
};

test('every operation says what it does', () => {
  expect(
    operations()
      .filter(({ description }) => !description)
      .map(({ name }) => name),
  ).toEqual([]);
});

test('every type says what it is, save the inputs that are named after their operation', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isEnumType(type) || isInputObjectType(type));
  const inputs = operations().map(({ name }) => `${name}Input`.toLowerCase());
  const explained = (name: string) => ['Query', 'Mutation', 'Subscription'].includes(name) || inputs.includes(name.toLowerCase());
  expect(types.filter(({ name, description }) => !description && !explained(name)).map(({ name }) => name)).toEqual([]);
});
