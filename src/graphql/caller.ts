import type { RequestContext, Viewer } from '../auth/context.js';
import { newId } from '../common/ids.js';

/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Who is at the other end of a socket, and until when. */
export class Caller {
  private readonly id = newId();
  private operations = 0;
  private viewer: Viewer | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private hasLeft = false;

  constructor(
    private readonly address: string,
    /** Ends the socket. */
    readonly close: (code: number, reason: string) => void,
  ) {}

  /** @param onExpiry called at the end of the viewer's token */
  admit(viewer: Viewer | null, onExpiry: () => void): void {
    this.viewer = viewer;
    if (viewer && !this.hasLeft) this.waitUntil(viewer.expiresAt.getTime(), onExpiry);
  }

  leave(): void {
    this.hasLeft = true;
    clearTimeout(this.expiry);
  }

  /** Of one operation, whose trace says on which socket and as which it came. */
  context(): RequestContext {
    return { viewer: this.viewer, address: this.address, traceId: `${this.id}-${++this.operations}` };
  }

  private waitUntil(time: number, then: () => void): void {
    const left = time - Date.now();
    const wait = left > MAX_TIMER_MS ? () => this.waitUntil(time, then) : then;
    this.expiry = setTimeout(wait, Math.min(Math.max(left, 0), MAX_TIMER_MS)).unref();
  }
}
