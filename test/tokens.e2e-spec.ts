import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Node } from '../src/node.js';
import { ask } from './support/ask.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { forgedTokens, hs256, signedBy } from './support/forged-tokens.js';
import { type KeyServer, startKeyServer } from './support/key-server.js';
import { startTestNode } from './support/node.js';
import { Wire } from './support/wire.js';

const ME = '{ me { externalId displayName role } }';
const settings = { JWT_SECRET: 'a secret of the tests, long enough', JWT_ISSUER: 'https://host.example', JWT_AUDIENCE: 'parley' };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const claims = (more: object = {}) => ({
  sub: 'ada',
  name: 'Ada',
  iss: settings.JWT_ISSUER,
  aud: settings.JWT_AUDIENCE,
  exp: inSeconds(600),
  ...more,
});

let keys: KeyServer;
let attacker: KeyServer;
let database: TestDatabase;
let node: Node;

beforeAll(async () => {
  keys = await startKeyServer({ rsa, ec, ed });
  attacker = await startKeyServer({});
  database = await createTestDatabase();
  node = await startTestNode(database, { ...settings, JWKS_URL: keys.url });
});

afterAll(async () => {
  await Promise.all([node.close(), keys.close(), attacker.close()]);
  await database.drop();
});

describe('a token that is not right is refused', () => {
  const forgeries = forgedTokens({
    secret: settings.JWT_SECRET,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
    hostKey: rsa,
    hostKeyId: 'rsa',
  });

  test.each(forgeries)('%s, by HTTP and by WebSocket', async (_, make) => {
    const token = make(attacker.url);
    const answer = await ask(node, ME, {}, { token });
    expect(answer.data?.me).toBeUndefined();
    expect(answer.errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });

    const wire = await Wire.open(node);
    wire.say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await Promise.race([wire.closed, wire.next()])).toMatchObject({ code: 4403 });
  });

  test('of which there are many', () => {
    expect(new Set(forgeries.map(([name]) => name)).size).toBeGreaterThan(40);
  });

  test('and nobody was created, and no key fetched from an address that a token named', async () => {
    const answer = await ask(
      node,
      '{ userByExternalId(externalId: "mallory") { id } }',
      {},
      { token: hs256(settings.JWT_SECRET, claims()) },
    );
    expect(answer.errors[0].extensions.code).toBe('NOT_FOUND');
    expect(attacker.requests()).toBe(0);
  });
});

describe('a token that is right is accepted', () => {
  test.each([
    ['HS256', () => hs256(settings.JWT_SECRET, claims())],
    ['HS256 with a kid that some issuers add', () => hs256(settings.JWT_SECRET, claims(), { kid: 'main' })],
    ['RS256', () => signedBy(rsa, 'RS256', claims(), { kid: 'rsa' })],
    ['ES256', () => signedBy(ec, 'ES256', claims(), { kid: 'ec' })],
    ['EdDSA', () => signedBy(ed, 'EdDSA', claims(), { kid: 'ed' })],
    ['one audience of several', () => hs256(settings.JWT_SECRET, claims({ aud: ['somebody', 'parley'] }))],
    ['expired within the tolerance of 5 s', () => hs256(settings.JWT_SECRET, claims({ exp: inSeconds(-2) }))],
    ['valid from within the tolerance of 5 s', () => hs256(settings.JWT_SECRET, claims({ nbf: inSeconds(2) }))],
  ])('%s', async (_, make) => {
    expect((await ask(node, ME, {}, { token: make() })).data?.me).toEqual({ externalId: 'ada', displayName: 'Ada', role: 'USER' });
  });
});

describe("the host's keys", () => {
  test('without issuer and audience configured, a token of the host that looks like a session of ours is one of the host', async () => {
    const plain = await startTestNode(database, { JWT_SECRET: settings.JWT_SECRET, JWKS_URL: keys.url });
    const token = signedBy(rsa, 'RS256', { ...claims(), iss: 'parley', sid: '01900000-0000-7000-8000-000000000000' }, { kid: 'rsa' });
    expect((await ask(plain, 'mutation { signOut }', {}, { token })).data).toEqual({ signOut: false });
    await plain.close();
  });

  test('are fetched once for many tokens, and not again for each unknown kid', async () => {
    const before = keys.requests();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(node, ME, {}, { token: signedBy(rsa, 'RS256', claims({ sub: `p${i}` }), { kid: `unknown-${i}` }) }),
      ),
    );
    expect(keys.requests()).toBe(before);
  });

  test('that cannot be fetched are our trouble, not the caller’s', async () => {
    const broken = await startKeyServer({ rsa });
    broken.fail();
    const lonely = await startTestNode(database, { ...settings, JWKS_URL: broken.url, LOG_LEVEL: 'silent' });
    const token = signedBy(rsa, 'RS256', claims(), { kid: 'rsa' });
    expect((await ask(lonely, ME, {}, { token })).errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true });

    broken.publish({ rsa });
    expect((await ask(lonely, ME, {}, { token })).data.me.externalId).toBe('ada');
    await Promise.all([lonely.close(), broken.close()]);
  });
});
