/** Work that is asked for again and again: one run at a time, and whatever is asked for during a run is one more after it. */
export class OneAtATime {
  private running: Promise<void> | null = null;
  private isAskedAgain = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  ask(): void {
    if (this.running) {
      this.isAskedAgain = true;
      return;
    }
    this.isAskedAgain = false;
    this.running = this.work()
      .catch(this.onError)
      .finally(() => {
        this.running = null;
        if (this.isAskedAgain) this.ask();
      });
  }

  /** When nothing runs and nothing is asked for. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }
}
