import type { SpanContext } from '@opentelemetry/api';
import type { Message } from './log/message.entity.js';
import type { Draft } from './log/append.queries.js';

/** A draft, and whoever waits for what becomes of it. */
export interface Pending {
  draft: Draft;
  /** The span in which it was sent. */
  origin: SpanContext | undefined;
  /** When it came, on the clock of `performance.now()`. */
  since: number;
  resolve(message: Message): void;
  reject(error: unknown): void;
}

/**
 * What waits to be written. Each room has its line, and at most one statement works on a room at a time: its drafts keep their order,
 * and no statement waits for a room that another one of this node has locked.
 */
export class DraftQueue {
  /** In the order in which the rooms came, the one that was served last at the end. */
  private readonly lines = new Map<string, Pending[]>();
  private readonly taken = new Set<string>();
  private waiting = 0;

  /** How many drafts wait. */
  get size(): number {
    return this.waiting;
  }

  push(pending: Pending): void {
    const { roomId } = pending.draft;
    const line = this.lines.get(roomId);
    if (line) line.push(pending);
    else this.lines.set(roomId, [pending]);
    this.waiting++;
  }

  /** Drafts for one statement, from rooms that no other one works on. `release` gives the rooms back. */
  take(most: number): Pending[] {
    const batch: Pending[] = [];
    for (const roomId of this.lines.keys()) {
      if (batch.length >= most) break;
      if (!this.taken.has(roomId)) batch.push(...this.takeFrom(roomId, most - batch.length));
    }
    return batch;
  }

  /** Drafts of one room, which counts as taken from then on. */
  takeFrom(roomId: string, most: number): Pending[] {
    const line = this.lines.get(roomId) ?? [];
    const batch = line.splice(0, Math.min(most, this.distinct(line)));
    this.taken.add(roomId);
    this.lines.delete(roomId);
    if (line.length > 0) this.lines.set(roomId, line);
    this.waiting -= batch.length;
    return batch;
  }

  /** Before all others of their room, in the order in which they were taken. The room stays taken. */
  putBack(roomId: string, batch: Pending[]): void {
    this.lines.set(roomId, [...batch, ...(this.lines.get(roomId) ?? [])]);
    this.waiting += batch.length;
  }

  /** Those that came before this moment, from all rooms. */
  takeOlder(than: number): Pending[] {
    const old: Pending[] = [];
    for (const [roomId, line] of this.lines) {
      const younger = line.findIndex(({ since }) => since >= than);
      old.push(...line.splice(0, younger === -1 ? line.length : younger));
      if (line.length === 0) this.lines.delete(roomId);
    }
    this.waiting -= old.length;
    return old;
  }

  release(roomId: string): void {
    this.taken.delete(roomId);
  }

  /** How many from the front may share a statement: a second draft with the same key waits for what becomes of the first. */
  private distinct(line: readonly Pending[]): number {
    const keys = new Set<string>();
    for (const [at, { draft }] of line.entries()) {
      if (draft.clientId === null) continue;
      const key = `${draft.senderId} ${draft.clientId}`;
      if (keys.has(key)) return at;
      keys.add(key);
    }
    return line.length;
  }
}
