import { metrics } from '../common/telemetry/metrics.js';
import type { HubListener } from './hub/hub.js';
import type { Attachment, Hubs } from './hub/hubs.js';
import type { LogEntry, PassingState, Reader, RoomLog } from './hub/log.js';
import { BoundedQueue } from './hub/queue.js';
import type { HubItem, ReadyStream, RestingStream } from './ready-stream.js';

/** Told once, as the last thing, to a listener that cannot be served in order: read the room anew, then resume at `revision`. */
export class Resync {
  constructor(readonly revision: number) {}
}

export type StreamItem = LogEntry | PassingState | Resync;

const QUEUE_LIMIT = 1_000;
const REPLAY_PAGE = 200;

const END = { done: true, value: undefined } as const;

/** A new message has reached those who were told it together. */
export function countDeliveries({ committedAt }: LogEntry, listeners: number): void {
  metrics.delivered.inc(listeners);
  if (committedAt) metrics.deliverySeconds.observe((Date.now() - committedAt.getTime()) / 1000);
}

const isEntry = (item: StreamItem): item is LogEntry => 'sequence' in item;

/**
 * One subscriber of one room. With `after` it replays the log from there, then goes live without a seam: it attaches to the hub
 * first, reads the rest of the log, and drops what both told it. It ends by itself, and before anything later, when its reader
 * loses access. Its queue is bounded: a reader that does not keep up gets a `Resync` and the end.
 */
export class RoomStream implements ReadyStream<StreamItem>, HubListener {
  private readonly queue = new BoundedQueue<HubItem>(QUEUE_LIMIT);
  private ready: StreamItem[] = [];
  private phase: 'replay' | 'catchUp' | 'live' | 'ended';
  private attachment: Attachment | null = null;
  /** Hears for it, while it rests. */
  private standIn: { forget: () => void } | null = null;
  /** It was handed out, and is told by the time that the next one is asked for. */
  private underWay: LogEntry | null = null;
  /** The last revision that was handed out or passed over. */
  private position: number;
  /** Messages up to this sequence are hidden from the reader. */
  horizon = 0;
  /** In force since the first look at the log: a loss that is older has been made good since. */
  private accessSince = 0;
  private overflowed = false;
  private readonly knownPositions = new Map<string, readonly number[]>();

  /** @param after the last revision that the reader knows; null: from now on */
  constructor(
    private readonly hubs: Hubs,
    private readonly log: RoomLog,
    private readonly roomId: string,
    private readonly reader: Reader,
    private readonly after: number | null,
  ) {
    this.phase = after === null ? 'catchUp' : 'replay';
    this.position = after ?? Number.MAX_SAFE_INTEGER;
    metrics.streams.inc();
  }

  hear(entry: LogEntry): void {
    this.enqueue(entry);
  }

  notice(state: PassingState): void {
    if (this.phase === 'live') this.enqueue(state);
  }

  async next(): Promise<IteratorResult<StreamItem>> {
    try {
      for (;;) {
        const item = this.take();
        if (item) return item;
        if (this.phase === 'live') await new Promise<void>((resolve) => this.queue.onPush(resolve));
        else await this.readOn();
      }
    } catch (error) {
      // Whoever meets an error asks for nothing more, and does not say that they leave.
      this.end();
      throw error;
    }
  }

  take(): IteratorResult<StreamItem> | null {
    this.countDelivery();
    for (;;) {
      if (this.phase === 'ended') return END;
      const item = this.ready.shift() ?? (this.phase === 'live' ? this.queue.shift() : undefined);
      if (this.overflowed && this.ready.length === 0) return this.last(new Resync(this.position));
      if (!item) return null;
      if (item instanceof Resync) return this.last(item);
      if (!isEntry(item)) {
        if (item.hidesUpTo !== undefined) this.hide(item);
        else if (this.isNews(item)) return { done: false, value: item };
        continue;
      }
      if (item.revision <= this.position) continue;
      if (this.isCutOffBy(item)) return this.end();
      this.position = item.revision;
      if (item.sequence > this.horizon) return this.deliver(item);
    }
  }

  onReady(wake: () => void): boolean {
    if (this.phase !== 'live') return false;
    this.queue.onPush(wake);
    return true;
  }

  rest(): RestingStream<StreamItem> | null {
    const { attachment, position, horizon } = this;
    const hasMore = this.ready.length > 0 || this.queue.length > 0 || this.overflowed;
    if (this.phase !== 'live' || !attachment || hasMore) return null;
    const { hub } = attachment;
    return {
      hub,
      position,
      horizon,
      wordsFor: (item) => [item],
      isNews: (state) => this.isNews(state),
      leaveTo: (standIn) => {
        hub.listeners.delete(this);
        this.standIn = standIn;
      },
      resume: (since, items) => {
        this.standIn = null;
        this.position = since;
        hub.listeners.add(this);
        for (const item of items) this.enqueue(item);
      },
    };
  }

  return(): Promise<IteratorResult<StreamItem>> {
    return Promise.resolve(this.end());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(): IteratorResult<StreamItem> {
    if (this.ended()) return END;
    metrics.streams.dec();
    this.phase = 'ended';
    this.standIn?.forget();
    this.attachment?.detach();
    this.attachment = null;
    this.ready = [];
    this.queue.end();
    return END;
  }

  private deliver(entry: LogEntry): IteratorResult<StreamItem> {
    if (this.phase === 'live') this.underWay = entry;
    else metrics.delivered.inc();
    return { done: false, value: entry };
  }

  private countDelivery(): void {
    if (this.underWay) countDeliveries(this.underWay, 1);
    this.underWay = null;
  }

  private enqueue(item: HubItem): void {
    if (this.queue.push(item)) return;
    this.overflowed = true;
    metrics.dropped.inc(QUEUE_LIMIT + 1);
    this.queue.end();
  }

  /** Reads a page of what the reader missed. When little is left it first attaches to the hub, so that the rest cannot escape. */
  private async readOn(): Promise<undefined> {
    if (this.phase === 'catchUp') await this.attach();
    const page = await this.log.read(this.roomId, this.position, REPLAY_PAGE, this.reader);
    if (this.ended()) return;
    if (!page.access) return void this.end();
    this.horizon = page.access.horizon;
    this.accessSince = page.head;
    if (this.position > page.head) {
      if (this.after !== null) return void this.ready.push(new Resync(page.head));
      this.position = page.head;
    }
    this.ready.push(...page.entries);
    if (page.hasMore) return;
    if (this.phase === 'replay') this.phase = 'catchUp';
    else await this.goLive();
  }

  private async attach(): Promise<void> {
    if (this.attachment) return;
    const attachment = await this.hubs.attach(this.roomId, this);
    if (this.ended()) attachment.detach();
    else this.attachment = attachment;
  }

  private async goLive(): Promise<void> {
    this.phase = 'live';
    const positions = await this.log.positions(this.roomId);
    if (!this.ended()) this.ready.push(...positions);
  }

  private isCutOffBy(entry: LogEntry): boolean {
    if (entry.revision <= this.accessSince) return false;
    return entry.cutsOff === 'everybody' || entry.cutsOff === this.reader.userId;
  }

  private hide({ userId, hidesUpTo = 0 }: PassingState): void {
    if (userId === this.reader.userId) this.horizon = Math.max(this.horizon, hidesUpTo);
  }

  /** The positions that were read at the start may be newer than a notice that was on its way. */
  private isNews(state: PassingState): boolean {
    if (!state.positions) return true;
    const known = this.knownPositions.get(state.userId) ?? [];
    const latest = state.positions.map((position, at) => Math.max(position, known[at] ?? -1));
    if (latest.every((position, at) => position === known[at])) return false;
    this.knownPositions.set(state.userId, latest);
    return true;
  }

  private last(item: Resync): IteratorResult<StreamItem> {
    metrics.resyncs.inc();
    this.end();
    return { done: false, value: item };
  }

  private ended(): boolean {
    return this.phase === 'ended';
  }
}
