import 'reflect-metadata';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory, RESOLVER_TYPE_METADATA } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';

const COMPILED = path.resolve(import.meta.dirname, '..');
const TARGET = 'schema.gql';

const isResolver = (value: unknown): value is Type => typeof value === 'function' && Reflect.hasMetadata(RESOLVER_TYPE_METADATA, value);

/** By the name of their files, so that the schema is printed without a node, a database or a list that somebody forgets. */
async function findResolvers(): Promise<Type[]> {
  const files = fs.readdirSync(COMPILED, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.resolver.js'));
  const modules = await Promise.all(files.sort().map((file) => import(pathToFileURL(path.join(COMPILED, file)).href)));
  return modules.flatMap((module: Record<string, unknown>) => Object.values(module).filter(isResolver));
}

const builder = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: ['error'] });
const schema = await builder.get(GraphQLSchemaFactory).create(await findResolvers());
await builder.close();
fs.writeFileSync(TARGET, `${printSchema(lexicographicSortSchema(schema))}\n`);
process.stdout.write(`${TARGET} is up to date\n`);
