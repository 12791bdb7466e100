import type { ReadyStream, RestingStream } from './ready-stream.js';

/**
 * A stream in other words: each item becomes any number of values. Unlike an async generator it lets go of its source at once
 * when the consumer leaves, also while it waits for the next item.
 */
export class MappedStream<Item, Value> implements ReadyStream<Value> {
  private told = 0;

  /** @param values what is told before anything else */
  constructor(
    private readonly source: ReadyStream<Item>,
    private readonly map: (item: Item) => readonly Value[],
    private values: readonly Value[] = [],
  ) {}

  async next(): Promise<IteratorResult<Value>> {
    for (;;) {
      const value = this.take();
      if (value) return value;
      const item = await this.source.next();
      if (item.done) return item;
      this.turnTo(item.value);
    }
  }

  take(): IteratorResult<Value> | null {
    for (;;) {
      if (this.told < this.values.length) return { done: false, value: this.values[this.told++]! };
      const item = this.source.take();
      if (!item || item.done) return item;
      this.turnTo(item.value);
    }
  }

  onReady(wake: () => void): boolean {
    return this.source.onReady(wake);
  }

  rest(): RestingStream<Value> | null {
    const resting = this.told < this.values.length ? null : this.source.rest();
    return resting && { ...resting, wordsFor: (item) => resting.wordsFor(item).flatMap(this.map) };
  }

  async return(): Promise<IteratorResult<Value>> {
    this.values = [];
    await this.source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private turnTo(item: Item): void {
    this.values = this.map(item);
    this.told = 0;
  }
}
