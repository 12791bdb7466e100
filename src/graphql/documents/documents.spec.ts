import fs from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { buildSchema, GraphQLError } from 'graphql';
import type { Config } from '../../config/config.js';
import { Documents } from './documents.js';

const MIB = 1024 * 1024;
/** With what they weigh when nothing is taken off them, several times of what may stay. */
const COUNT = 400;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const schema = buildSchema(fs.readFileSync('schema.gql', 'utf8'));
const someDocuments = () => new Documents({ schema } as never, { introspection: true } as Config);

/** By name, documents that are as large as may be, each time with another text. */
const LARGEST: [name: string, make: (i: number) => string][] = [
  ['arguments', (i) => `{ roomWith(userIds: [${'1 '.repeat(1_985)}]) { id } } # ${i}`],
  ['fields', (i) => `{ me { ${'id role email displayName isActive '.repeat(29)} } } # ${i}`],
  ['comments', (i) => `{ me { id } } # ${'x'.repeat(16_000)} ${i}`],
];

/** Texts as they come over the wire: each a piece of memory of its own. */
const received = (text: string): string => JSON.parse(JSON.stringify(text)) as string;

function grownBy(work: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work();
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}

test.each(LARGEST)('documents full of %s fill no more than a bounded part of the memory', (_, make) => {
  const documents = someDocuments();
  const grown = grownBy(() => {
    for (let i = 0; i < COUNT; i++) expect(documents.get(received(make(i)))).toHaveProperty('document');
  });
  expect(grown).toBeLessThan(40 * MIB);
});

test('of documents that are refused nothing stays', () => {
  const documents = someDocuments();
  const unknown = Array.from({ length: 1_900 }, (_, i) => `roo${i}`).join(' ');
  const grown = grownBy(() => {
    for (let i = 0; i < 100; i++) expect(documents.get(received(`{ ${unknown} } # ${i}`))).toHaveProperty('errors');
  });
  expect(grown).toBeLessThan(5 * MIB);
});

test('a document is checked once, and its errors still say where', () => {
  const documents = someDocuments();
  const source = '{\n  me {\n    id\n  }\n}';
  const first = documents.get(source);
  const again = documents.get(received(source));
  if (!('document' in first) || !('document' in again)) throw new Error('refused');
  expect(again.document).toBe(first.document);
  const [operation] = first.document.definitions;
  const field = operation && 'selectionSet' in operation ? operation.selectionSet.selections[0] : undefined;
  expect(new GraphQLError('x', { nodes: field }).locations).toEqual([{ line: 2, column: 3 }]);
  expect(documents.get('{\n  you\n}')).toMatchObject({ errors: [{ locations: [{ line: 2, column: 3 }] }] });
});
