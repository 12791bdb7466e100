import { expect, test } from '@jest/globals';
import { formatMoney, isCurrency } from './money.js';

test('says an amount with as many digits as its currency has', () => {
  expect(formatMoney(1_250, 'EUR')).toBe('12.50 EUR');
  expect(formatMoney(1_250, 'JPY')).toBe('1250 JPY');
  expect(formatMoney(1_250, 'KWD')).toBe('1.250 KWD');
  expect(formatMoney(1_000_000_000_000, 'USD')).toBe('10000000000.00 USD');
});

test('knows the codes of ISO 4217, and nothing else', () => {
  expect(['EUR', 'USD', 'JPY'].every(isCurrency)).toBe(true);
  expect(['eur', 'EURO', 'ZZZ', '', null, 978].some(isCurrency)).toBe(false);
});
