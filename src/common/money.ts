import { applyDecorators } from '@nestjs/common';
import { IsInt, Max, Min, ValidateBy } from 'class-validator';

/** In minor units of its currency: what one order, payment or job can be about at most. */
export const MAX_MINOR = 1_000_000_000_000;

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** @see ISO 4217 */
export const isCurrency = (value: unknown): value is string => typeof value === 'string' && CURRENCIES.has(value);

/** An amount of an input, in minor units (cents); more than nothing. Its GraphQL type is `GraphQLSafeInt`: an Int ends at 21 million. */
export const Minor = (): PropertyDecorator => applyDecorators(IsInt(), Min(1), Max(MAX_MINOR));

/** A currency of an input: three capital letters that ISO 4217 knows. */
export const Currency = (): PropertyDecorator =>
  ValidateBy({
    name: 'currency',
    validator: { validate: isCurrency, defaultMessage: () => 'currency must be a code of ISO 4217 such as "EUR"' },
  });

/** For people, in English: "12.50 EUR". How many digits are behind the point is the currency's own (none in JPY, three in KWD). */
export function formatMoney(minor: number, currency: string): string {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return `${(minor / 10 ** digits).toFixed(digits)} ${currency}`;
}
