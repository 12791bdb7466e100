import { applyDecorators } from '@nestjs/common';
import { IsInt, Max, Min, ValidateBy } from 'class-validator';
import { data as ISO_4217 } from 'currency-codes';

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

const DIGITS: ReadonlyMap<string, number> = new Map(ISO_4217.map(({ code, digits }) => [code, digits]));

/**
 * How many digits of an amount in minor units are behind the point: none in JPY, two in HUF, three in KWD; two where a code has left the
 * list. `Intl` does not say this but what shops write, without those that nobody has coins for.
 *
 * @see ISO 4217 (its column "minor unit")
 */
export const digitsOf = (currency: string): number => DIGITS.get(currency) ?? 2;

/** For people, in English: "12.50 EUR". */
export function formatMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return `${(minor / 10 ** digits).toFixed(digits)} ${currency}`;
}
