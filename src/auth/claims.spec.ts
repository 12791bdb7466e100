import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { PlatformRole } from '../policy/roles.js';
import { isOwn, nameFromId, readClaims } from './claims.js';

const payload = { sub: 'ada-1', exp: 2_000_000_000 };

describe('the claims of a token', () => {
  test('say who it is, as what, and until when', () => {
    const claims = readClaims({ ...payload, name: 'Ada', email: 'ada@example.test', role: 'SUPPORT', sid: 'whatever' }, false);
    expect(claims).toEqual({
      externalId: 'ada-1',
      displayName: 'Ada',
      email: 'ada@example.test',
      role: PlatformRole.SUPPORT,
      sessionId: null,
      expiresAt: new Date(2_000_000_000_000),
    });
  });

  test('without a role are those of a USER', () => {
    expect(readClaims(payload, false).role).toBe('USER');
    expect(readClaims({ ...payload, role: null }, false).role).toBe('USER');
  });

  test.each([
    ['  Ada \u0000\n Lovelace\t', 'Ada Lovelace'],
    ['Ada\ud800', 'Ada\ufffd'],
    ['x'.repeat(300), 'x'.repeat(200)],
    ['😀'.repeat(201), '😀'.repeat(200)],
    [' \n ', null],
    [42, null],
    [undefined, null],
  ])('a name %j is kept as %j', (name, displayName) => {
    expect(readClaims({ ...payload, name }, false).displayName).toBe(displayName);
  });

  test('an id serves as the name of somebody without one', () => {
    expect(nameFromId('a'.repeat(255))).toBe('a'.repeat(200));
    expect(nameFromId(' ')).toBe('Unnamed');
  });

  test.each(['no address', 'a\0@b', `${'a'.repeat(320)}@b`, 7, ''])('an e-mail %j is none', (email) => {
    expect(readClaims({ ...payload, email }, false).email).toBeNull();
  });

  test.each([
    ['a role we do not know', { role: 'ROOT' }],
    ['a role in small letters', { role: 'admin' }],
    ['a list of roles', { role: ['ADMIN'] }],
    ['a role by a name of Object.prototype', { role: 'constructor' }],
    ['a number as sub', { sub: 7 as unknown as string }],
    ['an empty sub', { sub: '' }],
    ['a sub that is too long', { sub: 'x'.repeat(256) }],
    ['a NUL in sub', { sub: 'a\0b' }],
    ['no exp', { exp: undefined }],
  ])('with %s are refused', (_, wrong) => {
    expect(() => readClaims({ ...payload, ...wrong }, false)).toThrow(TypeError);
  });

  test('an end far beyond the calendar is a date still', () => {
    expect(readClaims({ ...payload, exp: 1e300 }, false).expiresAt.getTime()).not.toBeNaN();
  });

  test('only issuer and session together make a token ours', () => {
    expect(isOwn({ iss: 'parley', sid: 'x' })).toBe(true);
    expect(isOwn({ iss: 'parley' })).toBe(false);
    expect(isOwn({ iss: 'somebody', sid: 'x' })).toBe(false);
    expect(() => readClaims({ ...payload, sid: 'not an id' }, true)).toThrow(TypeError);
  });
});
