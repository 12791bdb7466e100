import { digitsOf } from '../../common/values/money.js';

const WHOLE = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF';
const THREE_DIGITS = 'BHD IQD JOD KWD LYD OMR TND';

/** How Stripe counts where it is not in hundredths: digits behind the point, and of which number an amount is a multiple. */
const COUNTED: ReadonlyMap<string, { digits: number; step: number }> = new Map([
  ...WHOLE.split(' ').map((code) => [code, { digits: 0, step: 1 }] as const),
  ...THREE_DIGITS.split(' ').map((code) => [code, { digits: 3, step: 10 }] as const),
  ['ISK', { digits: 2, step: 100 }],
  ['UGX', { digits: 2, step: 100 }],
]);

const countOf = (currency: string) => COUNTED.get(currency) ?? { digits: 2, step: 1 };
const times = (amount: number, digits: number) => (digits < 0 ? amount / 10 ** -digits : amount * 10 ** digits);

/**
 * An amount as Stripe's API counts it: most often our minor units, but 5 UGX are 500 there, and 5.00 MGA are 5.
 *
 * @returns null for what Stripe cannot move: its smallest part is larger
 * @see https://docs.stripe.com/currencies#minor-units
 */
export function toStripe(minor: number, currency: string): number | null {
  const { digits, step } = countOf(currency);
  const amount = times(minor, digits - digitsOf(currency));
  return amount % step === 0 ? amount : null;
}

/** As much of it as Stripe can move. */
export function downToStripe(minor: number, currency: string): number {
  const { digits, step } = countOf(currency);
  return Math.floor(times(minor, digits - digitsOf(currency)) / step) * step;
}

/** What Stripe says, in minor units. It writes currencies in small letters. */
export function fromStripe(amount: number, stripeCurrency: string): number {
  const currency = stripeCurrency.toUpperCase();
  return Math.round(times(amount, digitsOf(currency) - countOf(currency).digits));
}
