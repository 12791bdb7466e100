/** Every order of these, their own first. */
export function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

/** `npm run check:orders`, and with it CI, tries all orders. A run of all tests tries every fifth, of which each event begins some. */
const STRIDE = process.env['ORDERS'] === 'all' ? 1 : 5;
const FEW = 24;

/** Those that are tried, spread over all that there are. */
export const tried = <Item>(orders: Item[][], stride = 1): Item[][] =>
  orders.length <= FEW ? orders : orders.filter((_, at) => at % (stride * STRIDE) === 0);
