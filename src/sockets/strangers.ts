/** The sockets of this node behind which nobody stands: how many each address has. */
export class Strangers {
  private readonly counts = new Map<string, number>();

  countOf(address: string): number {
    return this.counts.get(address) ?? 0;
  }

  /** Call the result when the socket is gone. */
  add(address: string): () => void {
    this.counts.set(address, this.countOf(address) + 1);
    return () => {
      const left = this.countOf(address) - 1;
      if (left > 0) this.counts.set(address, left);
      else this.counts.delete(address);
    };
  }
}
