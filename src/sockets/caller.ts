import { CloseCode } from 'graphql-ws';
import type { Connections } from '../auth/connections.js';
import type { RequestContext, Viewer } from '../auth/context.js';
import { newId } from '../common/values/ids.js';
import type { NextMessage } from './frames/next-message.js';
import type { Socket } from './socket.js';
import type { Strangers } from './strangers.js';

/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const MAX_SUBSCRIPTIONS = 50;

/** Who is at the other end of a socket, and until when. */
export class Caller {
  private readonly id = newId();
  private operations = 0;
  private viewer: Viewer | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private release: (() => void) | undefined;
  private hasLeft = false;
  /** By id; some of them may have ended. */
  private readonly subscriptions = new Set<string>();

  constructor(
    readonly address: string,
    private readonly socket: Pick<Socket, 'close' | 'sendFrame'>,
  ) {}

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  /** Tells the subscription with this id what it has in common with others. */
  teller(id: string): (message: NextMessage) => Promise<void> | void {
    return (message) => this.socket.sendFrame(message(id));
  }

  /** From now on they can be told that it is over: at the end of the token, or when their access ends. */
  admit(viewer: Viewer | null, connections: Connections): void {
    if (this.hasLeft || viewer === this.viewer) return;
    const release = this.release;
    this.viewer = viewer;
    this.release = viewer ? connections.add({ viewer, end: (reason) => this.end(reason) }) : undefined;
    release?.();
    clearTimeout(this.expiry);
    if (viewer) this.waitUntil(viewer.expiresAt.getTime(), () => this.end('The token has expired'));
  }

  /** Without a token they count for their address. */
  admitAsNobody(strangers: Strangers): void {
    if (!this.hasLeft) this.release ??= strangers.add(this.address);
  }

  leave(): void {
    this.hasLeft = true;
    this.release?.();
    this.release = undefined;
    clearTimeout(this.expiry);
  }

  /** Of one operation, whose trace says on which socket and as which it came. */
  context(): RequestContext {
    return { viewer: this.viewer, address: this.address, traceId: `${this.id}-${++this.operations}` };
  }

  /**
   * One more subscription; false when there are too many.
   *
   * @param open by its id, everything that the client has asked for and not yet let go
   */
  begin(id: string, open: Record<string, unknown>): boolean {
    this.subscriptions.delete(id);
    if (this.subscriptions.size >= MAX_SUBSCRIPTIONS) {
      for (const other of this.subscriptions) if (!(other in open)) this.subscriptions.delete(other);
    }
    if (this.subscriptions.size >= MAX_SUBSCRIPTIONS) return false;
    this.subscriptions.add(id);
    return true;
  }

  /** A client may keep talking while the socket closes: it does so as nobody. */
  private end(reason: string): void {
    this.viewer = null;
    this.leave();
    this.close(CloseCode.Forbidden, reason);
  }

  private waitUntil(time: number, then: () => void): void {
    const left = time - Date.now();
    const wait = left > MAX_TIMER_MS ? () => this.waitUntil(time, then) : then;
    this.expiry = setTimeout(wait, Math.min(Math.max(left, 0), MAX_TIMER_MS)).unref();
  }
}
