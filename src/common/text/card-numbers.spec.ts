import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskCardNumbers } from './card-numbers.js';

const ofNumbers = fc.constantFrom(...'0123456789 -');
const anything = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

describe('card numbers', () => {
  test.each([
    ['4242424242424242', '•••• 4242'],
    ['my card: 4242 4242 4242 4242, exp 12/30', 'my card: •••• 4242, exp 12/30'],
    ['5555-5555-5555-4444', '•••• 4444'],
    ['378282246310005', '•••• 0005'],
    ['2223003122003222 and 6011111111111117', '•••• 3222 and •••• 1117'],
    ['(4000 0566 5566 5556)', '(•••• 5556)'],
  ])('%s becomes %s', (text, masked) => {
    expect(maskCardNumbers(text)).toBe(masked);
  });

  test.each([
    ['one digit is wrong', '4242424242424241'],
    ['no card begins so', '1234567812345670'],
    ['part of a longer number', '42424242424242424242424'],
    ['part of a longer number in groups', '4242 4242 4242 4242 4242 4242'],
    ['inside a word', 'ref_4242424242424242x'],
    ['a telephone number', '+49 30 901820 0000'],
    ['an order with its time', 'ORD-20261121123000 4'],
  ])('%s: stays as it is', (_, text) => {
    expect(maskCardNumbers(text)).toBe(text);
  });

  test('nothing but numbers is ever touched, and twice is once', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof({ arbitrary: ofNumbers, weight: 9 }, anything), maxLength: 60, size: 'max' }), (text) => {
        const masked = maskCardNumbers(text);
        if (!/\d(?:[ -]?\d){12}/.test(text)) expect(masked).toBe(text);
        expect(maskCardNumbers(masked)).toBe(masked);
      }),
    );
  });
});
