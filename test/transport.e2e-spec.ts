import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Documents } from '../src/graphql/documents/documents.js';
import { ApiClient } from './support/client.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { type Lab, logged, startLab } from './support/lab.js';
import { aToken, SECRET } from './support/world.js';

const SECRETS = /secrets|hunter2/;
const ORIGIN = 'https://shop.example';

let database: TestDatabase;
let lab: Lab;
let closed: Lab;
let client: ApiClient;

beforeAll(async () => {
  database = await createTestDatabase();
  lab = await startLab(database, { JWT_SECRET: SECRET, ALLOWED_ORIGINS: ORIGIN });
  closed = await startLab(database, { JWT_SECRET: SECRET, INTROSPECTION: 'false', PLAYGROUND: 'false', TRUST_PROXY: 'true' });
  client = new ApiClient(lab.url, null);
});

afterAll(async () => {
  await client.close();
  await lab.app.close();
  await closed.app.close();
  await database.drop();
});

const post = (body: string, headers: Record<string, string> = {}, { url } = lab) =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

type Ask = (query: string, variables?: Record<string, unknown>) => ReturnType<ApiClient['ask']>;

describe.each<[string, Ask]>([
  ['HTTP', (query, variables) => client.ask(query, variables)],
  ['WebSocket', (query, variables) => client.askBySocket(query, variables)],
])('an error by %s', (_transport, ask) => {
  const failure = async (how: string) => (await ask('query ($how: String!) { fail(how: $how) }', { how })).errors?.[0];

  test('of ours goes out as it is', async () => {
    expect(await failure('ours')).toEqual({
      message: 'content is not to our taste',
      locations: [{ line: 1, column: 25 }],
      path: ['fail'],
      extensions: { code: 'BAD_USER_INPUT', retryable: false, field: 'input.content' },
    });
    expect(await failure('details')).toMatchObject({ extensions: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 60_000 } });
  });

  test.each(['unexpected', 'text', 'database'])(
    'that nobody foresaw (%s) is INTERNAL, logged under its trace, and says nothing',
    async (how) => {
      const error = await failure(how);
      expect(error?.extensions).toEqual({ code: 'INTERNAL', retryable: false, traceId: expect.any(String) });
      expect(JSON.stringify(error)).not.toMatch(SECRETS);
      const line = logged()
        .split('\n')
        .find((text) => text.includes(String(error?.extensions['traceId'])));
      expect(line).toMatch(SECRETS);
      expect(line).not.toContain('parameters');
    },
  );

  test.each(['refused', 'cancelled', 'pool'])('of the database (%s) is UNAVAILABLE', async (how) => {
    const error = await failure(how);
    expect(error?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(JSON.stringify(error)).not.toMatch(SECRETS);
  });

  test.each(['{ nothing }', '{ tooLarge }'])('about our own data is INTERNAL: %s', async (query) => {
    expect((await ask(query)).errors?.[0]).toMatchObject({ extensions: { code: 'INTERNAL' } });
  });

  test.each<[string, string, Record<string, unknown>?]>([
    ['a document that does not parse', '{ fail('],
    ['an unknown field', '{ nonsense }'],
    ['a missing variable', 'query ($how: String!) { fail(how: $how) }'],
    ['a variable of the wrong type', 'query ($how: String!) { fail(how: $how) }', { how: { a: 1 } }],
    ['a missing argument', 'query ($how: String) { fail(how: $how) }'],
    ['no operation of that name', 'query A { nothing } query B { nothing }'],
    ['far too many tokens', `{ ${'nothing '.repeat(3_000)} }`],
  ])('for %s is BAD_USER_INPUT', async (_name, query, variables = {}) => {
    const answer = await ask(query, variables).catch((errors: unknown) => ({
      errors: errors as { message: string; extensions: object }[],
    }));
    expect(answer.errors?.[0]).toMatchObject({ message: expect.any(String), extensions: { code: 'BAD_USER_INPUT', retryable: false } });
  });

  test('in an input names the path of the field', async () => {
    const note = (content: string) => ask('mutation ($c: String!) { note(input: { content: $c, undecorated: "!" }) }', { c: content });
    expect((await note('   ')).errors?.[0]).toMatchObject({
      message: 'content must not be empty',
      extensions: { code: 'BAD_USER_INPUT', field: 'input.content' },
    });
    expect((await note('a\0b')).errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field: 'input.content' } });
    expect(await note(' fine ')).toEqual({ data: { note: 'fine!' } });
  });

  test('for an operation without a declared permission is FORBIDDEN', async () => {
    expect((await ask('{ undeclared }')).errors?.[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  });

  test('for somebody without a token is UNAUTHENTICATED', async () => {
    expect((await ask('{ whoAmI }')).errors?.[0]).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  });
});

describe('HTTP', () => {
  const query = JSON.stringify({ query: '{ __typename }' });

  test('answers a bad token with 401 before anything runs, and a good one with the person', async () => {
    for (const authorization of ['Bearer nonsense', 'Basic YTpi', `Bearer ${await aToken({ sub: 'ada' }, -60)}`]) {
      const response = await post(query, { authorization });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED', retryable: false } }],
      });
    }
    const ada = new ApiClient(lab.url, await aToken({ sub: 'ada' }));
    expect(await ada.get('{ whoAmI }')).toEqual({ whoAmI: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test.each<[string, () => Promise<Response>, number, string]>([
    ['an unknown path', () => fetch(`${lab.url}/nowhere`), 404, 'NOT_FOUND'],
    ['a body that is no JSON', () => post('{'), 400, 'BAD_USER_INPUT'],
    ['a body without a query', () => post('{}'), 400, 'BAD_USER_INPUT'],
    ['a body that is too large', () => post(JSON.stringify({ query: ' '.repeat(200_000) })), 413, 'BAD_USER_INPUT'],
    [
      'a form from another site',
      () => post('query=%7B__typename%7D', { 'content-type': 'application/x-www-form-urlencoded' }),
      400,
      'BAD_USER_INPUT',
    ],
    ['text from another site', () => post(query, { 'content-type': 'text/plain' }), 400, 'BAD_USER_INPUT'],
    ['a batch', () => post(`[${query},${query}]`), 400, 'BAD_USER_INPUT'],
    ['a query by a link', () => fetch(`${lab.url}/graphql?query=%7B__typename%7D`), 400, 'BAD_USER_INPUT'],
    [
      'a mutation by GET',
      () =>
        fetch(`${lab.url}/graphql?query=mutation%7Bnote(input:%7Bcontent:%22x%22%7D)%7D`, { headers: { 'apollo-require-preflight': '1' } }),
      405,
      'BAD_USER_INPUT',
    ],
  ])('answers %s in the one shape', async (_name, ask, status, code) => {
    const response = await ask();
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status,
      body: { errors: [{ message: expect.any(String), extensions: { code, retryable: false } }] },
    });
  });

  test('lets pages of the listed origins read answers, and no others', async () => {
    const allowed = async (origin: string, node = lab) => (await post(query, { origin }, node)).headers.get('access-control-allow-origin');
    expect(await allowed(ORIGIN)).toBe(ORIGIN);
    expect(await allowed('https://evil.example')).toBeNull();
    expect(await allowed(ORIGIN, closed)).toBeNull();
  });

  test('knows the address of the caller, from a proxy only where one is trusted', async () => {
    const address = async (node: Lab) =>
      JSON.stringify(await (await post('{"query":"{ address }"}', { 'x-forwarded-for': '203.0.113.7, 10.0.0.1' }, node)).json());
    expect(await address(lab)).toContain('127.0.0.1');
    expect(await address(closed)).toContain('203.0.113.7');
  });
});

describe('where introspection is off', () => {
  test.each(['{ __schema { types { name } } }', '{ __type(name: "User") { name } }'])(
    'it is refused by both transports: %s',
    async (query) => {
      const stranger = new ApiClient(closed.url, null);
      expect(await stranger.refusal(query)).toBe('BAD_USER_INPUT');
      await expect(stranger.askBySocket(query)).rejects.toHaveProperty('0.extensions.code', 'BAD_USER_INPUT');
      await stranger.close();
      expect(await client.refusal(query)).toBe('OK');
      expect((await client.askBySocket(query)).errors).toBeUndefined();
    },
  );

  test('a typing error gets no hint, either', async () => {
    const stranger = new ApiClient(closed.url, null);
    const { errors } = await stranger.ask('{ nothin }');
    expect(errors?.[0]?.message).not.toContain('Did you mean');
    await expect(stranger.askBySocket('{ nothin }')).rejects.not.toMatchObject([{ message: expect.stringContaining('Did you mean') }]);
    await stranger.close();
    expect((await client.ask('{ nothin }')).errors?.[0]?.message).toContain('Did you mean');
  });
});

test('a document is parsed and validated once, for both transports', async () => {
  const get = jest.spyOn(lab.app.get(Documents), 'get');
  const document = '{ address nothingNew: __typename }';
  for (let i = 0; i < 2; i++) {
    await client.ask(document);
    await client.askBySocket(document);
  }
  const found = get.mock.results.map(({ value }) => (value as { document?: object }).document);
  expect(found).toHaveLength(4);
  expect(found[0]).toBeDefined();
  expect(new Set(found).size).toBe(1);
  get.mockRestore();
});
