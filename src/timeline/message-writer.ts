import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { badInput, ParleyError } from '../common/errors/errors.js';
import { metrics } from '../common/telemetry/metrics.js';
import { originNow, tracedFor } from '../common/telemetry/tracing.js';
import { run } from '../database/sql.js';
import type { LogEntry } from '../live/hub/log.js';
import { append, type BusyRooms, type Draft, type Refusal, type Verdict } from './log/append.queries.js';
import { DraftQueue, type Pending } from './draft-queue.js';
import { MessageAdded } from './log/entry.js';
import type { Message } from './log/message.entity.js';
import { messageColumns, type MessageRow, toMessage } from './log/message.row.js';
import { ReceiptAdvanced } from './log/read-position.js';
import { Timeline } from './timeline.service.js';

const MAX_IN_FLIGHT = 2;
/** Statements that may wait, each for one room that somebody else is changing. */
const MAX_WAITING_ROOMS = 4;
const MAX_BATCH = 200;
const MAX_RETRIES = 5;
/** More than can be written before those who wait give up: who comes later is told so at once. */
const MAX_WAITING = 10_000;
/** In the queue, behind a database that does not answer. */
const PATIENCE_MS = 4_000;

const BY_ID = { name: 'message_by_id', text: `select ${messageColumns('m')} from messages m where m.id = $1` };

export const isPostgresError = (error: unknown): error is Error & { code: string; constraint?: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

/** A retry met the first attempt in the same moment: seen again, it is a repetition. */
export const isRace = (error: unknown): boolean =>
  isPostgresError(error) && (error.constraint === 'messages_client' || error.code === '40P01');

/** What its sender hears of a draft that was not written. */
export function refusalOf({ outcome }: { outcome: Refusal }): ParleyError {
  metrics.refused.inc({ reason: outcome });
  return outcome === 'REPLY_NOT_FOUND' ? badInput('input.replyToId', 'There is no such message in this room') : new ParleyError(outcome);
}

/** The statement refused a value (class 22 and 23), so one of its drafts is at fault and the others are not. */
const isDraftsFault = (error: unknown): boolean => isPostgresError(error) && /^2[23]/.test(error.code);

/**
 * Where people's messages become durable. Alone, a send waits for nobody; while two statements are on their way, what comes in
 * meanwhile shares the next one, and its commit. A room that somebody else is changing at this moment (another node, a transaction) gets
 * a statement of its own that waits, so that the others do not. Nothing is acknowledged before the commit, and a bad draft fails alone.
 */
@Injectable()
export class MessageWriter {
  private readonly queue = new DraftQueue();
  private inFlight = 0;
  /** Rooms that wait for their own statement, and how many have one. */
  private readonly busyRooms: string[] = [];
  private waitingRooms = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
  ) {}

  /**
   * Appends to the room and tells every node. A retry (same `clientId`) returns the first message.
   *
   * @throws NOT_FOUND, FORBIDDEN, ROOM_CLOSED, MUTED, IDEMPOTENCY_CONFLICT, BAD_USER_INPUT (a reply to nothing), UNAVAILABLE (too many are waiting)
   */
  send(draft: Draft): Promise<Message> {
    if (this.queue.size >= MAX_WAITING) return Promise.reject(new ParleyError('UNAVAILABLE'));
    return new Promise((resolve, reject) => {
      this.queue.push({ draft, origin: originNow(), since: performance.now(), resolve, reject });
      this.flush();
    });
  }

  private flush(): void {
    while (this.inFlight < MAX_IN_FLIGHT) {
      const batch = this.queue.take(MAX_BATCH);
      if (batch.length === 0) break;
      this.inFlight++;
      void this.writeShared(batch).finally(() => {
        this.inFlight--;
        this.flush();
      });
    }
    metrics.queued.set(this.queue.size);
  }

  private async writeShared(batch: Pending[]): Promise<void> {
    const rooms = new Set(batch.map(({ draft }) => draft.roomId));
    const busy = Map.groupBy(await this.write(batch, 'skip'), ({ draft }) => draft.roomId);
    for (const [roomId, drafts] of busy) {
      this.queue.putBack(roomId, drafts);
      this.busyRooms.push(roomId);
    }
    for (const roomId of rooms) if (!busy.has(roomId)) this.queue.release(roomId);
    this.waitForRooms();
  }

  private waitForRooms(): void {
    while (this.waitingRooms < MAX_WAITING_ROOMS) {
      const roomId = this.busyRooms.shift();
      if (roomId === undefined) return;
      this.waitingRooms++;
      void this.write(this.queue.takeFrom(roomId, MAX_BATCH), 'wait').finally(() => {
        this.waitingRooms--;
        this.queue.release(roomId);
        this.waitForRooms();
        this.flush();
      });
    }
  }

  /** Returns what was not written because its room is busy; everybody else has their answer. */
  private async write(batch: Pending[], busy: BusyRooms): Promise<Pending[]> {
    if (batch.length === 0) return [];
    metrics.batchSize.observe(batch.length);
    try {
      const drafts = batch.map((pending) => pending.draft);
      const origins = batch.map((pending) => pending.origin);
      const size = { 'parley.batch_size': batch.length };
      const verdicts = await tracedFor('append', size, origins, () => this.append(drafts, busy));
      await this.settle(batch, verdicts);
      return batch.filter((_, at) => verdicts[at]?.outcome === 'BUSY');
    } catch (error) {
      if (batch.length > 1 && isDraftsFault(error)) return this.writeEach(batch, busy);
      // Where no answer came at all, who stands in the queue for long would have to wait as long again.
      const behind = isPostgresError(error) ? [] : this.queue.takeOlder(performance.now() - PATIENCE_MS);
      for (const pending of [...batch, ...behind]) pending.reject(error);
      return [];
    }
  }

  /** One after the other, so that each room keeps its order. */
  private async writeEach(batch: Pending[], busy: BusyRooms): Promise<Pending[]> {
    const left: Pending[] = [];
    for (const pending of batch) {
      const mustWait = left.some(({ draft }) => draft.roomId === pending.draft.roomId);
      left.push(...(mustWait ? [pending] : await this.write([pending], busy)));
    }
    return left;
  }

  private async append(drafts: Draft[], busy: BusyRooms, attempt = 1): Promise<Verdict[]> {
    try {
      return await append(this.dataSource, drafts, busy);
    } catch (error) {
      if (attempt < MAX_RETRIES && isRace(error)) return this.append(drafts, busy, attempt + 1);
      throw error;
    }
  }

  private async settle(batch: Pending[], verdicts: Verdict[]): Promise<void> {
    const added = new Map<string, LogEntry[]>();
    const repeated: Promise<void>[] = [];
    batch.forEach((pending, at) => {
      const verdict = verdicts[at];
      if (verdict?.outcome === 'APPENDED') {
        const { message } = verdict;
        const entries = added.get(message.roomId);
        if (entries) entries.push(new MessageAdded(message));
        else added.set(message.roomId, [new MessageAdded(message)]);
        metrics.appended.inc({ kind: message.kind });
        pending.resolve(message);
      } else if (verdict?.outcome === 'REPEATED') {
        repeated.push(this.repeat(pending, verdict));
      } else if (verdict?.outcome !== 'BUSY') {
        pending.reject(verdict ? refusalOf(verdict) : new ParleyError('INTERNAL'));
      }
    });
    for (const [roomId, entries] of added)
      this.timeline.announce(
        roomId,
        entries.sort((a, b) => a.revision - b.revision),
      );
    this.noticeReaders(verdicts);
    await Promise.all(repeated);
  }

  /** Who answers has read what came before. */
  private noticeReaders(verdicts: Verdict[]): void {
    for (const verdict of verdicts) {
      if (verdict.outcome !== 'APPENDED' || !verdict.hasRead) continue;
      const { roomId, senderId, sequence } = verdict.message;
      if (senderId) this.timeline.notice(roomId, new ReceiptAdvanced(senderId, sequence, sequence, verdict.isReadingHidden));
    }
  }

  private async repeat(pending: Pending, verdict: Extract<Verdict, { outcome: 'REPEATED' }>): Promise<void> {
    if (!verdict.sameContent) {
      pending.reject(new ParleyError('IDEMPOTENCY_CONFLICT', undefined, { field: 'input.clientId' }));
      return;
    }
    try {
      const [row] = await run<MessageRow>(this.dataSource, BY_ID, [verdict.messageId]);
      if (row) pending.resolve(toMessage(row));
      else pending.reject(new ParleyError('NOT_FOUND'));
    } catch (error) {
      pending.reject(error);
    }
  }
}
