/**
 * A bounded queue between a producer that cannot wait and one consumer that can. `push` says no when it is full; what then
 * becomes of the consumer is the caller's decision.
 */
export class BoundedQueue<Item> {
  private items: Item[] = [];
  private wake: (() => void) | null = null;
  private isEnded = false;

  constructor(private readonly capacity: number) {}

  push(item: Item): boolean {
    if (this.isEnded) return true;
    if (this.items.length >= this.capacity) return false;
    this.items.push(item);
    this.wake?.();
    return true;
  }

  /** Nothing more is accepted; what is queued can still be shifted. */
  end(): void {
    this.isEnded = true;
    this.wake?.();
  }

  /** Ends, and forgets what nobody has heard yet. */
  clear(): void {
    this.items = [];
    this.end();
  }

  /** Undefined when the queue has ended and is empty. */
  async shift(): Promise<Item | undefined> {
    while (this.items.length === 0) {
      if (this.isEnded) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = null;
    }
    return this.items.shift();
  }
}
