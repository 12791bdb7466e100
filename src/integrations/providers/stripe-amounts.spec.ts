import { describe, expect, test } from '@jest/globals';
import { downToStripe, fromStripe, toStripe } from './stripe-amounts.js';

describe('an amount', () => {
  test.each([
    ['EUR', 1_250, 1_250],
    ['HUF', 100_000, 100_000],
    ['IDR', 100_000, 100_000],
    ['JPY', 500, 500],
    ['KWD', 5_120, 5_120],
    // Without a smaller unit by ISO 4217, and counted in hundredths at Stripe.
    ['ISK', 5, 500],
    ['UGX', 5, 500],
    // The other way round.
    ['MGA', 500, 5],
  ])('in %s is told to Stripe as it counts, and understood as we do: %i is %i', (currency, minor, amount) => {
    expect(toStripe(minor, currency)).toBe(amount);
    expect(fromStripe(amount, currency.toLowerCase())).toBe(minor);
    expect(downToStripe(minor, currency)).toBe(amount);
  });

  test.each([
    ['KWD', 5_124, 5_120],
    ['TND', 9, 0],
    ['MGA', 550, 5],
  ])('in %s that is finer than what Stripe moves is refused, or taken without its last part: %i', (currency, minor, amount) => {
    expect(toStripe(minor, currency)).toBeNull();
    expect(downToStripe(minor, currency)).toBe(amount);
  });
});
