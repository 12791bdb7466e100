import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Node } from '../src/node.js';
import { ApiClient } from './support/client.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { startTestNode } from './support/node.js';

let database: TestDatabase;
let node: Node;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startTestNode(database, { PLAYGROUND: 'true' });
});

afterAll(async () => {
  await node.close();
  await database.drop();
});

const get = (path: string) => fetch(`${node.url}${path}`);

/** Every address that a page names. */
const addresses = (html: string) => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => String(address));

describe('the playground', () => {
  test.each(['/playground', '/playground/'])('at %s is a page whose every file comes from this server', async (path) => {
    const page = await get(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const base = new URL('/playground/', node.url);
    const files = addresses(await page.text()).filter((address) => address !== base.pathname);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const url = new URL(file, base);
      expect(url.origin).toBe(base.origin);
      const response = await fetch(url);
      expect({ file, status: response.status }).toEqual({ file, status: 200 });
      await response.arrayBuffer();
    }
  });

  test('may load nothing from outside, nor be framed', async () => {
    const policy = (await get('/playground')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
  });

  test('opens with example operations, all of which the API knows', async () => {
    const script = await (await get('/playground/options.js')).text();
    const literal = script.slice(script.indexOf('...') + 3, script.lastIndexOf(', subscriptionsProtocol'));
    const { initialWindows, endpointURL } = JSON.parse(literal) as {
      endpointURL: string;
      initialWindows: { initialName: string; initialQuery: string; initialSubscriptionRequestHandlerId: string }[];
    };
    expect(endpointURL).toBe('/graphql');
    expect(initialWindows.length).toBeGreaterThanOrEqual(7);
    const nobody = new ApiClient(node.url, null);
    for (const { initialName, initialQuery, initialSubscriptionRequestHandlerId } of initialWindows) {
      expect(initialSubscriptionRequestHandlerId).toBe('graphql-ws');
      // Refused for the lack of variables or of a token, or by the transport; never for a field that does not exist.
      const { errors } = await nobody.ask(initialQuery);
      expect({ initialName, problem: errors?.[0]?.message }).not.toMatchObject({
        problem: expect.stringMatching(/Cannot query|Unknown|Syntax/),
      });
    }
  });
});

test.each([{ PLAYGROUND: 'false' }, { NODE_ENV: 'production', JWT_SECRET: 'a secret that production was given, long enough' }])(
  'with %o there is no playground',
  async (settings) => {
    const other = await startTestNode(database, settings);
    for (const path of ['/playground', '/playground/', '/playground/options.js', '/playground/main.js']) {
      const response = await fetch(`${other.url}${path}`);
      expect({ path, status: response.status }).toEqual({ path, status: 404 });
    }
    await other.close();
  },
);
