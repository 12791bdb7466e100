import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { notFound } from '../common/errors/errors.js';
import { traced } from '../common/telemetry/tracing.js';
import { run } from '../database/sql.js';
import { Bus, type Topic } from '../live/bus/bus.js';
import { type LogEntry, type PassingState, roomTopic } from '../live/hub/log.js';
import { append, type Draft, type Judged } from './log/append.queries.js';
import { MessageAdded, MessageChanged } from './log/entry.js';
import type { Message } from './log/message.entity.js';
import { noticeOf } from './log/notice.js';

/** Said after every commit that changes who may do what in a room: each of them has its notice in the log. */
export const accessTopic: Topic<{ roomId: string }> = { name: 'access' };

/** Moves the room's count of changes; the row stays locked until the transaction ends. */
const NEXT_REVISION = { name: 'next_revision', text: 'update rooms set revision = revision + 1 where id = $1 returning revision' };

/** A transaction that writes to rooms' logs, and remembers what the other nodes must hear after the commit. */
export class TimelineTransaction {
  readonly entries = new Map<string, LogEntry[]>();
  /** Rooms in which somebody's rights have changed. */
  readonly accessChanged = new Set<string>();
  readonly states: { roomId: string; state: PassingState }[] = [];

  constructor(readonly manager: EntityManager) {}

  /** Appends a message that nobody's permission stands behind: a notice, or a transition. @throws NOT_FOUND for a room that is gone */
  async append(draft: Draft): Promise<Message> {
    const verdict = await this.write(draft);
    if (verdict.outcome !== 'APPENDED') throw notFound();
    if (noticeOf(verdict.message)) this.accessChanged.add(draft.roomId);
    return verdict.message;
  }

  /** Appends what a person wrote, if they may; the verdict says what became of it. */
  async write(draft: Draft): Promise<Judged> {
    const [verdict] = (await append(this.manager, [draft])) as [Judged];
    if (verdict.outcome === 'APPENDED') this.record(draft.roomId, new MessageAdded(verdict.message));
    return verdict;
  }

  /** The revision for a change of an existing message. Follow it with `changed`. */
  async nextRevision(roomId: string): Promise<number> {
    const [row] = await run<{ revision: number }>(this.manager, NEXT_REVISION, [roomId]);
    if (!row) throw notFound();
    return row.revision;
  }

  /** A message as it is from now on, its `revision` moved. */
  changed(message: Message): void {
    this.record(message.roomId, new MessageChanged(message));
  }

  /** Told after the commit to who listens at that moment. */
  notice(roomId: string, state: PassingState): void {
    this.states.push({ roomId, state });
  }

  private record(roomId: string, entry: LogEntry): void {
    const entries = this.entries.get(roomId);
    if (entries) entries.push(entry);
    else this.entries.set(roomId, [entry]);
  }
}

/** The only way to change a room's log in a transaction: commit, then publish. */
@Injectable()
export class Timeline {
  private readonly listeners: ((roomId: string) => void)[] = [];
  private readonly stateListeners: ((roomId: string, state: PassingState) => void)[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: Bus,
  ) {}

  async commit<Result>(work: (tx: TimelineTransaction) => Promise<Result>): Promise<Result> {
    const { result, tx } = await traced('commit', async (span) => {
      const done = await this.dataSource.transaction(async (manager) => {
        const tx = new TimelineTransaction(manager);
        return { result: await work(tx), tx };
      });
      span.setAttribute('parley.entries', [...done.tx.entries.values()].flat().length);
      return done;
    });
    for (const roomId of tx.accessChanged) this.bus.publish(accessTopic, { roomId });
    for (const [roomId, entries] of tx.entries) this.announce(roomId, entries);
    for (const { roomId, state } of tx.states) this.notice(roomId, state);
    return result;
  }

  announce(roomId: string, entries: LogEntry[]): void {
    this.bus.publish(roomTopic(roomId), { entries });
    for (const listener of this.listeners) listener(roomId);
  }

  /**
   * Hears of every commit of this node to a room's log, for whoever carries logs elsewhere: a doorbell that a killed node does not ring,
   * so they look by themselves, too. The listener must not throw.
   */
  onCommit(listener: (roomId: string) => void): void {
    this.listeners.push(listener);
  }

  /** Tells who listens at this moment; nobody hears of it later. */
  notice(roomId: string, state: PassingState): void {
    this.bus.publish(roomTopic(roomId), { state });
    for (const listener of this.stateListeners) listener(roomId, state);
  }

  /** The same for what passes in rooms, such as a read position that has moved. */
  onNotice(listener: (roomId: string, state: PassingState) => void): void {
    this.stateListeners.push(listener);
  }
}
