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
    this.call();
    return true;
  }

  get length(): number {
    return this.items.length;
  }

  /** Forgets what nobody has heard yet, and accepts nothing more. */
  end(): void {
    this.items = [];
    this.isEnded = true;
    this.call();
  }

  /** Undefined when it is empty. */
  shift(): Item | undefined {
    return this.items.shift();
  }

  /** Calls the consumer once, within the `push` or `end` that comes next; at once when one of them has come already. */
  onPush(wake: () => void): void {
    this.wake = wake;
    if (this.items.length > 0 || this.isEnded) this.call();
  }

  private call(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
