import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DisputeEvidence } from '../dispute/dispute-file.entity.js';
import { canonical, freeze, isIntact } from './evidence.js';

test('one value has one text, in whatever order its keys came', () => {
  expect(canonical({ b: [1, { d: null, c: 'ä' }], a: true, gone: undefined, at: new Date(0) })).toBe(
    '{"a":true,"at":"1970-01-01T00:00:00.000Z","b":[1,{"c":"ä","d":null}]}',
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonical(reversed)).toBe(canonical(value));
      expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

describe('a piece of evidence', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const own = { disputeId: 'dispute', by: 'ana', at: at.toISOString() };
  const piece = (change: object = {}) =>
    Object.assign(new DisputeEvidence(), {
      ...{ id: 'one', disputeId: 'dispute', messageId: 'message', byId: 'ana', at },
      ...freeze({ kind: 'MESSAGE', messageId: 'message', content: 'It is broken', ...own }),
      ...change,
    });

  test('is intact as it was handed in, also when the database gives its keys in another order', () => {
    expect(isIntact(piece())).toBe(true);
    expect(isIntact(piece({ copy: Object.fromEntries(Object.entries(piece().copy).reverse()) }))).toBe(true);
  });

  test.each([
    ['what it says', { copy: { ...piece().copy, content: 'It is fine' } }],
    ['its hash', { sha256: Buffer.alloc(32) }],
    ['whose it is', { byId: 'ben' }],
    ['its dispute', { disputeId: 'another' }],
    ['its message', { messageId: 'another' }],
    ['its time', { at: new Date(0) }],
  ])('is not intact once somebody has changed %s', (_, change) => {
    expect(isIntact(piece(change))).toBe(false);
  });
});
