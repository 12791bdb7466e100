import { describe, expect, test } from '@jest/globals';
import { seal, unseal } from './sealed.js';

const KEY = 'a key of some length';

describe('a sealed secret', () => {
  test('opens for its owner, and is never the same twice', () => {
    const [one, other] = [seal(KEY, 'row 1', 'whsec_x'), seal(KEY, 'row 1', 'whsec_x')];
    expect(one).not.toBe(other);
    expect([one, other].map((sealed) => unseal(KEY, 'row 1', sealed))).toEqual(['whsec_x', 'whsec_x']);
  });

  test('does not open with another key, in another row, or changed', () => {
    const sealed = seal(KEY, 'row 1', 'whsec_x');
    const changed = Buffer.from(sealed, 'base64').map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte));
    expect(() => unseal('another key', 'row 1', sealed)).toThrow();
    expect(() => unseal(KEY, 'row 2', sealed)).toThrow();
    expect(() => unseal(KEY, 'row 1', Buffer.from(changed).toString('base64'))).toThrow();
  });
});
