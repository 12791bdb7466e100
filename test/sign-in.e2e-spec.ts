import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Node } from '../src/node.js';
import { ask, codeOf } from './support/ask.js';
import { ApiClient } from './support/client.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { hs256 } from './support/forged-tokens.js';
import { RACING, startTestNode } from './support/node.js';

const settings = { JWT_SECRET: 'a secret of the tests, long enough', TRUST_PROXY: 'true' };
const password = 'correct horse battery';
const service = hs256(settings.JWT_SECRET, { sub: 'shop', role: 'SERVICE', exp: Math.floor(Date.now() / 1000) + 3600 });

const REGISTER = 'mutation ($input: RegisterUserInput!) { registerUser(input: $input) { id } }';
const SESSION = '{ accessToken refreshToken expiresAt user { id externalId displayName email } }';
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) ${SESSION} }`;
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) ${SESSION} }`;
const ME = '{ me { externalId } }';

let database: TestDatabase;
let node: Node;
let people = 0;
/** Attempts are counted by address: each test comes from its own. */
let address: string;
let addresses = 0;

const call = (query: string, variables: object = {}, token?: string) => ask(node, query, variables, { token, address });

/** A local account that nobody has tried to enter yet. */
async function anAccount(): Promise<{ id: string; externalId: string; email: string }> {
  const externalId = `person-${++people}`;
  const email = `Person-${people}@Example.test`;
  const answer = await call(REGISTER, { input: { externalId, displayName: 'Grace', email, password } }, service);
  return { id: answer.data.registerUser.id, externalId, email };
}

const signIn = (input: { email: string; password: string }) => call(SIGN_IN, { input });
const refresh = (token: string) => call(REFRESH, { token });

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startTestNode(database, { ...settings, ...RACING });
});

beforeEach(() => {
  address = `192.0.2.${++addresses}`;
});

afterAll(async () => {
  await node.close();
  await database.drop();
});

describe('signing in', () => {
  test('gives an access token of 15 minutes, a refresh token, and the person', async () => {
    const account = await anAccount();
    const { signIn: session } = (await signIn({ email: ` ${account.email.toUpperCase()} `, password })).data;

    expect(session.user).toEqual({ id: account.id, externalId: account.externalId, displayName: 'Grace', email: account.email });
    expect(Buffer.from(session.refreshToken, 'base64url')).toHaveLength(32);
    const { exp = 0, iat = 0 } = decodeJwt(session.accessToken);
    expect(exp - iat).toBe(15 * 60);
    expect(new Date(session.expiresAt).getTime()).toBe(exp * 1000);
    expect((await call(ME, {}, session.accessToken)).data.me.externalId).toBe(account.externalId);
  });

  test('tells an unknown account, a wrong password and a deactivated person apart by nothing', async () => {
    const { email } = await anAccount();
    const gone = await anAccount();
    await call('mutation ($id: ID!) { deactivateUser(input: { userId: $id }) { isActive } }', { id: gone.id }, service);

    const [wrong, unknown, deactivated] = [
      await signIn({ email, password: 'wrong horse battery' }),
      await signIn({ email: 'nobody@example.test', password }),
      await signIn({ email: gone.email, password }),
    ];
    expect(codeOf(wrong)).toBe('UNAUTHENTICATED');
    expect(unknown).toEqual(wrong);
    expect(deactivated).toEqual(wrong);
  });

  test('takes as long for an unknown account as for a wrong password', async () => {
    const { email } = await anAccount();
    const took = { known: [] as number[], unknown: [] as number[] };
    await signIn({ email: 'warm-up@example.test', password });
    for (let i = 0; i < 4; i++) {
      for (const [kind, address] of [
        ['known', email],
        ['unknown', `nobody-${i}@example.test`],
      ] as const) {
        // Of the processor's time, which a busy machine does not stretch.
        const start = process.cpuUsage();
        await signIn({ email: address, password: 'wrong horse battery' });
        const { user, system } = process.cpuUsage(start);
        took[kind].push(user + system);
      }
    }
    const fastest = (times: number[]) => Math.min(...times);
    const ratio = fastest(took.known) / fastest(took.unknown);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('asks for a text that can be an address and a password', async () => {
    expect(codeOf(await signIn({ email: '  ', password }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await signIn({ email: 'a@b.test', password: 'x'.repeat(257) }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await signIn({ email: 'a@b.test', password: 'nul\0' }))).toBe('BAD_USER_INPUT');
  });

  test('without a secret is UNAVAILABLE', async () => {
    const keyless = await startTestNode(database, { NODE_ENV: 'production', JWKS_URL: 'http://127.0.0.1:9/jwks.json' });
    expect(codeOf(await ask(keyless, SIGN_IN, { input: { email: 'a@b.test', password } }))).toBe('UNAVAILABLE');
    expect(codeOf(await ask(keyless, REFRESH, { token: 'any' }))).toBe('UNAVAILABLE');
    await keyless.close();
  });
});

describe('ten tries a minute', () => {
  const tries = (count: number, email: string, secret: string) =>
    Array.from({ length: count }, (_, i) => `t${i}: signIn(input: { email: "${email}", password: "${secret}" }) { expiresAt }`).join(' ');

  test('per address, however many accounts it tries', async () => {
    for (let i = 0; i < 10; i++) expect(codeOf(await signIn({ email: `p${i}@example.test`, password }))).toBe('UNAUTHENTICATED');
    const { extensions } = (await signIn({ email: 'p10@example.test', password })).errors[0];
    expect(extensions).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(extensions.retryAfterMs).toBeGreaterThan(0);
    expect(extensions.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('per account, however many addresses it is tried from, and the right password is no way around', async () => {
    const { email } = await anAccount();
    for (let i = 0; i < 10; i++) {
      address = `198.51.100.${i}`;
      expect(codeOf(await signIn({ email: i % 2 ? email : email.toUpperCase(), password: 'wrong' }))).toBe('UNAUTHENTICATED');
    }
    address = '198.51.100.10';
    expect(codeOf(await signIn({ email, password }))).toBe('RATE_LIMITED');
  });

  test('that are aliases in one document are ten, not one', async () => {
    const { email } = await anAccount();
    const answer = await call(`mutation { ${tries(11, email, password)} }`);
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]).toMatchObject({ path: ['t10'], extensions: { code: 'RATE_LIMITED' } });
  });

  test('are counted over both transports together', async () => {
    const { email } = await anAccount();
    const client = new ApiClient(node.url, null);
    try {
      const bySocket = async (secret: string) => codeOf(await client.askBySocket(SIGN_IN, { input: { email, password: secret } }));
      for (let i = 0; i < 5; i++) {
        expect(codeOf(await signIn({ email, password: 'wrong' }))).toBe('UNAUTHENTICATED');
        expect(await bySocket('wrong')).toBe('UNAUTHENTICATED');
      }
      expect(await bySocket(password)).toBe('RATE_LIMITED');
      expect(codeOf(await signIn({ email, password }))).toBe('RATE_LIMITED');
    } finally {
      await client.close();
    }
  });

  test('of a refused address leave the account alone', async () => {
    const { email } = await anAccount();
    for (let i = 0; i < 10; i++) await signIn({ email: `q${i}@example.test`, password });
    for (let i = 0; i < 10; i++) expect(codeOf(await signIn({ email, password: 'wrong' }))).toBe('RATE_LIMITED');
    address = '203.0.113.1';
    expect((await signIn({ email, password })).data.signIn).toBeTruthy();
  });
});

describe('a refresh token', () => {
  test('gives the next pair, again and again', async () => {
    const { email } = await anAccount();
    let { refreshToken } = (await signIn({ email, password })).data.signIn;
    for (let i = 0; i < 3; i++) {
      const next = (await refresh(refreshToken)).data.refreshSession;
      expect(next.refreshToken).not.toBe(refreshToken);
      expect(next.user.email).toBe(email);
      expect((await call(ME, {}, next.accessToken)).data.me).toBeTruthy();
      refreshToken = next.refreshToken;
    }
  });

  test('that was used before ends the whole session, at once', async () => {
    const { email } = await anAccount();
    const first = (await signIn({ email, password })).data.signIn;
    const second = (await refresh(first.refreshToken)).data.refreshSession;
    expect((await call(ME, {}, second.accessToken)).data.me).toBeTruthy();

    expect(codeOf(await refresh(first.refreshToken))).toBe('UNAUTHENTICATED');
    expect(codeOf(await refresh(second.refreshToken))).toBe('UNAUTHENTICATED');
    expect(codeOf(await call(ME, {}, first.accessToken))).toBe('UNAUTHENTICATED');
    expect(codeOf(await call(ME, {}, second.accessToken))).toBe('UNAUTHENTICATED');
  });

  test('that was used before leaves the other sessions of the person alone', async () => {
    const { email } = await anAccount();
    const phone = (await signIn({ email, password })).data.signIn;
    const laptop = (await signIn({ email, password })).data.signIn;
    await refresh(phone.refreshToken);
    await refresh(phone.refreshToken);
    expect((await refresh(laptop.refreshToken)).data.refreshSession).toBeTruthy();
  });

  test('used by ten at once works for one', async () => {
    const { email } = await anAccount();
    const { refreshToken } = (await signIn({ email, password })).data.signIn;
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken)));
    expect(answers.filter((answer) => answer.data)).toHaveLength(1);
    expect(answers.filter((answer) => codeOf(answer) === 'UNAUTHENTICATED')).toHaveLength(9);
  });

  test.each(['', 'unknown', '\0', 'x'.repeat(10_000)])('that is %j is refused', async (token) => {
    expect(codeOf(await refresh(token.slice(0, 10_000)))).toBe('UNAUTHENTICATED');
  });
});

describe('signing out', () => {
  test('ends the access token and the refresh token at once', async () => {
    const { email } = await anAccount();
    const session = (await signIn({ email, password })).data.signIn;
    expect((await call('mutation { signOut }', {}, session.accessToken)).data).toEqual({ signOut: true });
    expect(codeOf(await call(ME, {}, session.accessToken))).toBe('UNAUTHENTICATED');
    expect(codeOf(await refresh(session.refreshToken))).toBe('UNAUTHENTICATED');
  });

  test('is nothing that a token of the host can do here', async () => {
    expect((await call('mutation { signOut }', {}, service)).data).toEqual({ signOut: false });
    expect((await call(ME, {}, service)).data.me).toBeTruthy();
  });

  test('needs a token', async () => {
    expect(codeOf(await call('mutation { signOut }'))).toBe('UNAUTHENTICATED');
  });
});

describe('a session', () => {
  test('is bound to its person: with the secret in hand one still needs the right name', async () => {
    const [mine, theirs] = [await anAccount(), await anAccount()];
    const session = (await signIn({ email: mine.email, password })).data.signIn;
    const own = decodeJwt(session.accessToken);
    expect(codeOf(await call(ME, {}, hs256(settings.JWT_SECRET, { ...own, sub: theirs.externalId })))).toBe('UNAUTHENTICATED');
  });

  test('keeps the role of the account, whatever a token of its own would claim', async () => {
    const { email } = await anAccount();
    const session = (await signIn({ email, password })).data.signIn;
    const boasting = hs256(settings.JWT_SECRET, { ...decodeJwt(session.accessToken), role: 'ADMIN', name: 'Root' });
    expect((await call('{ me { role displayName } }', {}, boasting)).data.me).toEqual({ role: 'USER', displayName: 'Grace' });
  });

  test('ends with a new password and with a deactivation', async () => {
    const account = await anAccount();
    const before = (await signIn({ email: account.email, password })).data.signIn;
    await call(REGISTER, { input: { externalId: account.externalId, password: 'another long password' } }, service);
    expect(codeOf(await call(ME, {}, before.accessToken))).toBe('UNAUTHENTICATED');
    expect(codeOf(await refresh(before.refreshToken))).toBe('UNAUTHENTICATED');
    expect(codeOf(await signIn({ email: account.email, password }))).toBe('UNAUTHENTICATED');

    const after = (await signIn({ email: account.email, password: 'another long password' })).data.signIn;
    await call('mutation ($id: ID!) { deactivateUser(input: { userId: $id }) { isActive } }', { id: account.id }, service);
    await call('mutation ($id: ID!) { reactivateUser(input: { userId: $id }) { isActive } }', { id: account.id }, service);
    expect(codeOf(await refresh(after.refreshToken))).toBe('UNAUTHENTICATED');
  });
});
