import { describe, expect, test } from '@jest/globals';
import type { ExecutionResult } from 'graphql';
import type { ReadyStream } from '../../live/ready-stream.js';
import { relay } from './relay.js';
import { SharedResult } from '../frames/shared-result.js';

/** A live stream of whatever is pushed. */
class Pushed implements ReadyStream<string> {
  private readonly items: string[] = [];
  private wake: (() => void) | null = null;

  push(item: string): void {
    this.items.push(item);
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  take(): IteratorResult<string> | null {
    const value = this.items.shift();
    return value === undefined ? null : { done: false, value };
  }

  onReady(wake: () => void): boolean {
    this.wake = wake;
    return true;
  }

  rest(): null {
    return null;
  }

  next(): Promise<IteratorResult<string>> {
    throw new Error('nobody waits here');
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** What was told, and how the client says that it has read; events with a capital letter are for one stream alone. */
function aRelay(execute: (event: string) => ExecutionResult | Promise<ExecutionResult>, isSlow = false) {
  const source = new Pushed();
  const told: string[] = [];
  const reading: (() => void)[] = [];
  const end = relay({
    source,
    resultOf: (event) => {
      const text = String(event);
      return text === text.toLowerCase() ? new SharedResult(text, () => execute(text)) : null;
    },
    standBy: () => false,
    tell: (message) => {
      told.push(/"said":"(\w+)"/.exec(message('1').toString())?.[1] ?? '');
      return isSlow ? new Promise<void>((resolve) => reading.push(resolve)) : undefined;
    },
  });
  return { source, told, reading, end };
}

const said = (event: string): ExecutionResult => ({ data: { said: event } });
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a relay', () => {
  test('tells within the push that brings it, where nothing has to be waited for', () => {
    const { source, told } = aRelay(said);
    source.push('a');
    source.push('b');
    expect(told).toEqual(['a', 'b']);
  });

  test('keeps the order while a result is in the making', async () => {
    let finish: (result: ExecutionResult) => void = () => undefined;
    const { source, told } = aRelay((event) => (event === 'a' ? new Promise((resolve) => (finish = resolve)) : said(event)));
    source.push('a');
    source.push('b');
    await settle();
    expect(told).toEqual([]);
    finish(said('a'));
    await settle();
    expect(told).toEqual(['a', 'b']);
  });

  test('tells nothing more to a client that has much to read, until it has', async () => {
    const { source, told, reading } = aRelay(said, true);
    source.push('a');
    source.push('b');
    await settle();
    expect(told).toEqual(['a']);
    reading.shift()?.();
    await settle();
    expect(told).toEqual(['a', 'b']);
  });

  test.each([
    ['is for one alone', 'B', said],
    ['has failed', 'b', (event: string) => (event === 'b' ? Promise.reject(new Error('gone')) : said(event))],
  ])('hands over what %s, after all that came before', async (_, event, execute) => {
    const { source, told, end } = aRelay(execute);
    source.push('a');
    source.push(event);
    source.push('c');
    expect(await end).toEqual({ done: false, value: event });
    expect(told).toEqual(['a']);
  });
});
