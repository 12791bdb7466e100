import fs from 'node:fs';
import path from 'node:path';
import type { Type } from '@nestjs/common';

const SOURCE = path.join(import.meta.dirname, '../../src');

/** Every entity class of the product, whether a module registers it or not. */
export async function allEntities(): Promise<Type[]> {
  const files = fs.readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.entity.ts'));
  const modules = await Promise.all(files.map((file) => import(path.join(SOURCE, file)) as Promise<Record<string, unknown>>));
  return modules.flatMap((module) => Object.values(module)).filter((value) => typeof value === 'function') as Type[];
}
