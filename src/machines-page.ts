import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeMachine } from './transitions/machine/diagram.js';
import type { Machine } from './transitions/machine/machine.js';
import type { Subject } from './transitions/machine/subject.js';

const HEAD = `# Machines

What can happen to the things that rooms are about, printed from the tables that the server runs (\`npm run machines\`). Each step is one
commit with its message. "–" is the beginning, ⏱ marks what may also happen by itself. SERVICE is the host: a token of its own, or its
webhook. SYSTEM is a step that follows from another one. PLATFORM_ADMIN and PLATFORM_SUPPORT are staff of the platform, whatever seat they
have. The other names are roles of participants, or parties of the thing itself.
`;

const isMachine = (value: unknown): value is Machine<Subject, string> => typeof value === 'object' && value !== null && 'steps' in value;

/** By the names of their files, so that no list has to be kept. */
async function findMachines(): Promise<Machine<Subject, string>[]> {
  const files = fs.readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => /\.machine\.[jt]s$/.test(file));
  const modules = await Promise.all(files.sort().map((file) => import(pathToFileURL(path.join(import.meta.dirname, file)).href)));
  return modules.flatMap((module: Record<string, unknown>) => Object.values(module).filter(isMachine));
}

/** docs/machines.md, but for the layout of its tables, which is the formatter's. */
export async function machinesPage(): Promise<string> {
  const parts = [HEAD, ...(await findMachines()).map(describeMachine)];
  return `${parts.join('\n')}\n`.replaceAll('\n## ', '\n\n## ').replaceAll('\n\n\n', '\n\n');
}
