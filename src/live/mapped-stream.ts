/**
 * A stream in other words: each item becomes any number of values. Unlike an async generator it lets go of its source at once
 * when the consumer leaves, also while it waits for the next item.
 */
export class MappedStream<Item, Value> implements AsyncIterableIterator<Value> {
  private ready: Value[] = [];

  constructor(
    private readonly source: AsyncIterator<Item>,
    private readonly map: (item: Item) => Value[],
  ) {}

  async next(): Promise<IteratorResult<Value>> {
    for (;;) {
      const value = this.ready.shift();
      if (value !== undefined) return { done: false, value };
      const item = await this.source.next();
      if (item.done) return { done: true, value: undefined };
      this.ready.push(...this.map(item.value));
    }
  }

  async return(): Promise<IteratorResult<Value>> {
    this.ready = [];
    await this.source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
