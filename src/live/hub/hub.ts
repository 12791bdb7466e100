import { setTimeout as wait } from 'node:timers/promises';
import { metrics } from '../../common/telemetry/metrics.js';
import type { LogEntry, PassingState, RoomLog, RoomSignal } from './log.js';

/** A stream, as its hub sees it. */
export interface HubListener {
  hear(entry: LogEntry): void;
  notice(state: PassingState): void;
}

const PAGE = 500;
const RETRY_MS = 500;

/**
 * A room on this node, while somebody listens. It hands out each revision once and in order, whatever the bus does: the next
 * one is delivered, an older one dropped, and a hole is filled from the log before anything later.
 */
export class RoomHub {
  readonly listeners = new Set<HubListener>();
  private isFilling = false;
  /** The latest revision that somebody announced. */
  private announced: number;
  private isClosed = false;
  /** By person, what will end by itself. */
  private readonly lapsing = new Map<string, NodeJS.Timeout>();

  /** @param head the revision up to which everything counts as handed out */
  constructor(
    readonly roomId: string,
    private readonly log: RoomLog,
    private head: number,
    private readonly onError: (error: unknown) => void,
  ) {
    this.announced = head;
  }

  receive(signal: RoomSignal): void {
    if ('state' in signal) {
      this.notice(signal.state);
      return;
    }
    for (const entry of signal.entries) {
      if (entry.revision === this.head + 1) this.handOut(entry);
      this.announced = Math.max(this.announced, entry.revision);
    }
    this.announce(this.announced);
  }

  /** Somebody has looked at the log: this is how far it goes. */
  announce(revision: number): void {
    this.announced = Math.max(this.announced, revision);
    if (!this.isFilling) void this.fill();
  }

  close(): void {
    this.isClosed = true;
    for (const timer of this.lapsing.values()) clearTimeout(timer);
  }

  /** A state of this moment. Who begins to listen later does not hear of it. */
  notice(state: PassingState): void {
    if (state.lapse !== undefined) this.awaitLapse(state);
    for (const listener of [...this.listeners]) listener.notice(state);
  }

  private awaitLapse({ userId, lapse }: PassingState): void {
    clearTimeout(this.lapsing.get(userId));
    this.lapsing.delete(userId);
    if (lapse) this.lapsing.set(userId, setTimeout(() => this.notice(lapse.to), lapse.afterMs).unref());
  }

  private handOut(entry: LogEntry): void {
    this.head = entry.revision;
    // Those who listen now: a listener that stands in for others may give way to them as it hears this, and tells them itself.
    for (const listener of [...this.listeners]) listener.hear(entry);
  }

  private async fill(): Promise<void> {
    this.isFilling = true;
    while (this.head < this.announced && !this.isClosed) {
      const announced = this.announced;
      metrics.hubRepairs.inc();
      try {
        const page = await this.log.read(this.roomId, this.head, PAGE);
        for (const entry of page.entries) if (entry.revision > this.head) this.handOut(entry);
        if (page.hasMore) continue;
        this.head = Math.max(this.head, page.head);
        // Committed before it was announced: what was announced before this look at the log, and is not in it, was never true.
        if (this.announced === announced) this.announced = Math.min(announced, this.head);
      } catch (error) {
        this.onError(error);
        await wait(RETRY_MS, undefined, { ref: false });
      }
    }
    this.isFilling = false;
  }
}
