import { describe, expect, jest, test } from '@jest/globals';
import { perContext } from './loader.js';

describe('perContext', () => {
  const setUp = () => {
    const batch = jest.fn(
      async (keys: readonly string[]) => new Map(keys.filter((key) => key !== 'nobody').map((key) => [key, key.toUpperCase()])),
    );
    return { batch, loaderOf: perContext<object, string, string>(batch) };
  };

  test('loads of one tick are one batch, each key once', async () => {
    const { batch, loaderOf } = setUp();
    const context = {};
    expect(await Promise.all(['a', 'b', 'a'].map((key) => loaderOf(context).load(key)))).toEqual(['A', 'B', 'A']);
    expect(batch.mock.calls).toEqual([[['a', 'b'], context]]);
  });

  test('what the batch leaves out is undefined', async () => {
    expect(await setUp().loaderOf({}).load('nobody')).toBeUndefined();
  });

  test('another context asks again', async () => {
    const { batch, loaderOf } = setUp();
    await loaderOf({}).load('a');
    await loaderOf({}).load('a');
    expect(batch).toHaveBeenCalledTimes(2);
  });
});
