import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { seedDemoWorkspace } from '../src/demo-workspace.js';
import { EXAMPLES } from '../src/playground/playground-examples.js';
import type { Node } from '../src/node.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { startTestNode } from './support/node.js';

let database: TestDatabase;
let open: Node;
let closed: Node;

beforeAll(async () => {
  database = await createTestDatabase();
  open = await startTestNode(database, { NODE_ENV: 'development' });
  await seedDemoWorkspace(open.app);
  closed = await startTestNode(database, { PLAYGROUND: 'false' });
});

afterAll(async () => {
  await open.close();
  await closed.close();
  await database.drop();
});

const read = async (path: string, { url } = open) => {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, policy: response.headers.get('content-security-policy') ?? '', text: await response.text(), response };
};

test('the page, and all that it loads, comes from this server, which forbids anything else', async () => {
  const { status, policy, text } = await read('/playground');
  expect(status).toBe(200);
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).not.toMatch(/https?:|\*/);
  const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '').filter((path) => path !== '/playground/');
  expect(loaded.length).toBeGreaterThan(5);
  for (const path of loaded) expect({ path, status: (await read(`/playground/${path}`)).status }).toEqual({ path, status: 200 });
});

test('it opens as the demo people, and no page of another site can read their tokens', async () => {
  const { text, response } = await read('/playground/options.js');
  expect(text).toContain('"title":"Leïla Haddad (customer)"');
  expect(text).toMatch(/"variables":\{"token":"ey[^"]+","roomId":"[0-9a-f-]{36}"\}/);
  expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('its examples fit the schema', () => {
  const schema = buildSchema(fs.readFileSync('schema.gql', 'utf8'));
  expect(EXAMPLES.flatMap(({ initialQuery }) => validate(schema, parse(initialQuery)))).toEqual([]);
});

test('where it is switched off there is nothing', async () => {
  for (const path of ['/playground', '/playground/', '/playground/options.js', '/playground/main.js']) {
    const { status, text } = await read(path, closed);
    expect({ path, status, body: JSON.parse(text) }).toMatchObject({
      status: 404,
      body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    });
  }
});
