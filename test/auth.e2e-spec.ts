import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuthService } from '../src/auth/auth.service.js';
import { Tokens } from '../src/auth/tokens.js';
import type { Node } from '../src/node.js';
import { ask, codeOf } from './support/ask.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { hs256 } from './support/forged-tokens.js';
import { RACING, startTestNode } from './support/node.js';

const secret = 'a secret of the tests, long enough';
const tokenOf = (claims: object) => hs256(secret, { exp: Math.floor(Date.now() / 1000) + 600, ...claims });
const service = tokenOf({ sub: 'shop', role: 'SERVICE' });

const ME = '{ me { id externalId displayName email role isActive lastSeenAt } }';
const BY_EXTERNAL_ID = 'query ($id: ID!) { userByExternalId(externalId: $id) { id externalId displayName email role } }';
const REGISTER = 'mutation ($input: RegisterUserInput!) { registerUser(input: $input) { id externalId displayName email role } }';
const DEACTIVATE = 'mutation ($id: ID!) { deactivateUser(input: { userId: $id }) { isActive } }';
const REACTIVATE = 'mutation ($id: ID!) { reactivateUser(input: { userId: $id }) { isActive } }';

let database: TestDatabase;
let node: Node;

const call = (query: string, variables: object = {}, token?: string) => ask(node, query, variables, { token });
const register = async (input: object, token = service) => call(REGISTER, { input }, token);

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startTestNode(database, { JWT_SECRET: secret, ...RACING });
});

afterAll(async () => {
  await node.close();
  await database.drop();
});

describe('a person', () => {
  test('exists from the first sight of their token', async () => {
    const token = tokenOf({ sub: 'first', name: ' Ada\0 ', email: 'ada@example.test', role: 'SUPPORT' });
    const { me } = (await call(ME, {}, token)).data;
    expect(me).toEqual({
      id: me.id,
      externalId: 'first',
      displayName: 'Ada',
      email: 'ada@example.test',
      role: 'SUPPORT',
      isActive: true,
      lastSeenAt: null,
    });
  });

  test('is brought up to date by a later token, and keeps what it does not say', async () => {
    await call(ME, {}, tokenOf({ sub: 'later', name: 'Old', email: 'old@example.test', role: 'ADMIN' }));
    const { me } = (await call(ME, {}, tokenOf({ sub: 'later', name: 'New' }))).data;
    expect(me).toMatchObject({ displayName: 'New', email: 'old@example.test', role: 'USER' });
    expect((await call(ME, {}, tokenOf({ sub: 'later' }))).data.me.displayName).toBe('New');
  });

  test('without a name is called by the id, and comes back byte for byte', async () => {
    const sub = '  Ünïcode ' + '漢'.repeat(240);
    const { me } = (await call(ME, {}, tokenOf({ sub }))).data;
    expect(me.externalId).toBe(sub);
    expect(me.displayName).toBe(sub.trim().slice(0, 200));
  });

  test('is one, when fifty first requests come at once with fifty tokens', async () => {
    const tokens = Array.from({ length: 50 }, (_, i) => tokenOf({ sub: 'crowd', jti: `${i}` }));
    const answers = await Promise.all(tokens.map((token) => call(ME, {}, token)));
    expect(new Set(answers.map((answer) => answer.data.me.id)).size).toBe(1);
  });

  test('shows their address to themselves and to platform staff only', async () => {
    const own = tokenOf({ sub: 'shy', email: 'shy@example.test' });
    await call(ME, {}, own);
    const seenBy = async (token: string) => (await call(BY_EXTERNAL_ID, { id: 'shy' }, token)).data.userByExternalId.email;
    expect(await seenBy(own)).toBe('shy@example.test');
    expect(await seenBy(tokenOf({ sub: 'colleague', role: 'SUPPORT' }))).toBe('shy@example.test');
    expect(await seenBy(tokenOf({ sub: 'stranger' }))).toBeNull();
  });

  test.each(['nobody', '', 'nul\0', 'x'.repeat(10_000)])('by an id that nobody has (%j) is NOT_FOUND', async (id) => {
    expect(codeOf(await call(BY_EXTERNAL_ID, { id }, service))).toBe('NOT_FOUND');
  });
});

describe('an authorization', () => {
  test('is needed where somebody has to be known', async () => {
    expect(codeOf(await call(ME))).toBe('UNAUTHENTICATED');
    expect(codeOf(await call(BY_EXTERNAL_ID, { id: 'first' }))).toBe('UNAUTHENTICATED');
    expect(codeOf(await call(REGISTER, { input: { externalId: 'x' } }))).toBe('UNAUTHENTICATED');
  });

  test.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'token'])('%j is refused rather than overlooked', async (authorization) => {
    await expect(node.app.get(AuthService, { strict: false }).authenticate(authorization)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('is looked up once for many requests at once, and not at all after that', async () => {
    const auth = node.app.get(AuthService, { strict: false });
    const verify = jest.spyOn(node.app.get(Tokens, { strict: false }), 'verify');
    const header = `bearer ${tokenOf({ sub: 'frequent' })}`;
    const viewers = await Promise.all(Array.from({ length: 100 }, () => auth.authenticate(header)));
    expect(new Set(viewers).size).toBe(1);
    await auth.authenticate(header);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  test('that was looked up while the person was being deactivated is not remembered', async () => {
    const auth = node.app.get(AuthService, { strict: false });
    const tokens = node.app.get(Tokens, { strict: false });
    const token = tokenOf({ sub: 'racer' });
    const viewer = await auth.authenticate(`Bearer ${token}`);
    auth.forget(viewer!.userId);

    const claims = await tokens.verify(token);
    let verified: (value: typeof claims) => void = () => undefined;
    const verify = jest.spyOn(tokens, 'verify').mockReturnValueOnce(new Promise((resolve) => (verified = resolve)));
    const early = auth.authenticate(`Bearer ${token}`);
    auth.forget(viewer!.userId);
    verified(claims);
    await early;
    await auth.authenticate(`Bearer ${token}`);
    expect(verify).toHaveBeenCalledTimes(2);
    verify.mockRestore();
  });

  test('an unchanged person is not written again', async () => {
    const auth = node.app.get(AuthService, { strict: false });
    const claims = { sub: 'steady', name: 'Steady', email: 's@example.test' };
    const viewer = await auth.authenticate(`Bearer ${tokenOf(claims)}`);
    const version = () => node.app.get(DataSource).query('select xmin::text from users where external_id = $1', ['steady']);
    const before = await version();
    auth.forget(viewer!.userId);
    await auth.authenticate(`Bearer ${tokenOf({ ...claims, jti: 'another' })}`);
    expect(await version()).toEqual(before);
  });
});

describe('registering', () => {
  test('puts a person there before they come, and they are the same when they do', async () => {
    const registered = (await register({ externalId: 'early', displayName: ' Early Bird ', role: 'USER' })).data.registerUser;
    expect(registered).toMatchObject({ externalId: 'early', displayName: 'Early Bird', email: null, role: 'USER' });
    expect((await call(ME, {}, tokenOf({ sub: 'early' }))).data.me).toMatchObject({ id: registered.id, displayName: 'Early Bird' });
  });

  test('again changes what is said and keeps the rest', async () => {
    await register({ externalId: 'twice', displayName: 'One', email: 'twice@example.test', role: 'SUPPORT' });
    expect((await register({ externalId: 'twice', displayName: 'Two' })).data.registerUser).toMatchObject({
      displayName: 'Two',
      email: 'twice@example.test',
      role: 'SUPPORT',
    });
  });

  test('is for ADMIN and SERVICE', async () => {
    for (const role of ['USER', 'SUPPORT']) {
      const token = tokenOf({ sub: `not-${role}`, role });
      expect(codeOf(await register({ externalId: 'x' }, token))).toBe('FORBIDDEN');
      expect(codeOf(await call(DEACTIVATE, { id: 'x' }, token))).toBe('FORBIDDEN');
      expect(codeOf(await call(REACTIVATE, { id: 'x' }, token))).toBe('FORBIDDEN');
    }
    expect((await register({ externalId: 'by-admin' }, tokenOf({ sub: 'root', role: 'ADMIN' }))).data.registerUser).toBeTruthy();
  });

  test('a local account needs an address of its own', async () => {
    const password = 'long enough to be one';
    expect((await register({ externalId: 'no-address', password })).errors[0].extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input.email',
    });
    await register({ externalId: 'owner', email: 'Taken@example.test', password });
    expect(codeOf(await register({ externalId: 'rival', email: 'taken@EXAMPLE.test', password }))).toBe('CONFLICT');
    expect((await register({ externalId: 'visitor', email: 'taken@example.test' })).data.registerUser).toBeTruthy();
  });

  test("a host's token does not move the address that a local account signs in with", async () => {
    await register({ externalId: 'anchored', email: 'anchored@example.test', password: 'long enough to be one' });
    const { me } = (await call(ME, {}, tokenOf({ sub: 'anchored', email: 'other@example.test', name: 'Moved' }))).data;
    expect(me).toMatchObject({ email: 'anchored@example.test', displayName: 'Moved' });
  });

  test.each([
    ['externalId', { externalId: '' }],
    ['externalId', { externalId: 'x'.repeat(256) }],
    ['externalId', { externalId: 'a\0' }],
    ['displayName', { displayName: '  ' }],
    ['displayName', { displayName: 'x'.repeat(201) }],
    ['displayName', { displayName: '\ud800' }],
    ['email', { email: 'no address' }],
    ['email', { email: `${'x'.repeat(320)}@example.test` }],
    ['password', { email: 'a@example.test', password: 'short' }],
    ['password', { email: 'a@example.test', password: 'x'.repeat(257) }],
  ])('refuses a bad %s', async (field, wrong) => {
    const { extensions } = (await register({ externalId: 'bad', ...wrong })).errors[0];
    expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `input.${field}` });
  });

  test('a password is nowhere to be read', async () => {
    const { fields } = (await call('{ __type(name: "User") { fields { name } } }')).data.__type;
    expect(fields).toContainEqual({ name: 'externalId' });
    expect(fields).not.toContainEqual({ name: 'passwordHash' });
  });
});

describe('deactivating', () => {
  test('refuses tokens at once that were good a moment ago, until the person is let in again', async () => {
    const token = tokenOf({ sub: 'gone' });
    const { id } = (await call(ME, {}, token)).data.me;
    expect((await call(DEACTIVATE, { id }, service)).data.deactivateUser).toEqual({ isActive: false });
    expect(codeOf(await call(ME, {}, token))).toBe('UNAUTHENTICATED');
    expect(codeOf(await call(ME, {}, tokenOf({ sub: 'gone', jti: 'new' })))).toBe('UNAUTHENTICATED');
    expect((await call(REACTIVATE, { id }, service)).data.reactivateUser).toEqual({ isActive: true });
    expect((await call(ME, {}, token)).data.me.id).toBe(id);
  });

  test.each(['', 'no-id', '01900000-0000-7000-8000-000000000000'])('nobody (%j) is NOT_FOUND', async (id) => {
    expect(codeOf(await call(DEACTIVATE, { id }, service))).toBe('NOT_FOUND');
  });
});
