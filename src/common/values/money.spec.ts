import { expect, test } from '@jest/globals';
import { digitsOf, formatMoney, isCurrency } from './money.js';

test('says an amount with as many digits as its currency has', () => {
  expect(formatMoney(1_250, 'EUR')).toBe('12.50 EUR');
  expect(formatMoney(1_250, 'JPY')).toBe('1250 JPY');
  expect(formatMoney(1_250, 'KWD')).toBe('1.250 KWD');
  expect(formatMoney(100_000, 'HUF')).toBe('1000.00 HUF');
  expect(formatMoney(1_000_000_000_000, 'USD')).toBe('10000000000.00 USD');
});

test('knows the codes of ISO 4217, and nothing else', () => {
  expect(['EUR', 'USD', 'JPY'].every(isCurrency)).toBe(true);
  expect(['eur', 'EURO', 'ZZZ', '', null, 978].some(isCurrency)).toBe(false);
});

/** Where the shops of a country write no digits, `Intl` knows of none: money would be said to be a hundred times what it is. */
test.each(['HUF', 'IDR', 'COP', 'PKR', 'ALL', 'LBP', 'MMK', 'LAK', 'AFN', 'IRR', 'RSD', 'MGA'])(
  '%s has the digits of ISO 4217: two',
  (code) => {
    expect(digitsOf(code)).toBe(2);
  },
);

test('a currency has none, three or two digits, also one that is no longer listed', () => {
  expect(['BIF', 'CLP', 'ISK', 'JPY', 'KRW', 'UGX', 'VND', 'XAF'].map(digitsOf)).toEqual(Array.from({ length: 8 }, () => 0));
  expect(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map(digitsOf)).toEqual(Array.from({ length: 7 }, () => 3));
  expect(['EUR', 'HRK'].map(digitsOf)).toEqual([2, 2]);
});
