import DataLoader from 'dataloader';

/**
 * One loader for each execution: its loads of one tick become one call of `batch`, and nothing outlives the context.
 * A key that `batch` leaves out is `undefined`.
 */
export function perContext<Context extends object, Key, Value>(
  batch: (keys: readonly Key[], context: Context) => Promise<ReadonlyMap<Key, Value>>,
): (context: Context) => DataLoader<Key, Value | undefined> {
  const loaders = new WeakMap<Context, DataLoader<Key, Value | undefined>>();
  return (context) => {
    let loader = loaders.get(context);
    if (!loader) {
      loader = new DataLoader(async (keys) => {
        const found = await batch(keys, context);
        return keys.map((key) => found.get(key));
      });
      loaders.set(context, loader);
    }
    return loader;
  };
}
