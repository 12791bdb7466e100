import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RoomHub } from './hub.js';
import type { LogEntry, LogPage, PassingState } from './log.js';
import { RoomLog } from './log.js';

const entry = (revision: number): LogEntry => ({ revision, sequence: revision, committedAt: null, cutsOff: null });

/** A log in memory; `committed` is what a transaction has made true so far. */
class MemoryLog extends RoomLog {
  reads = 0;
  failures = 0;

  constructor(public committed: LogEntry[]) {
    super();
  }

  async read(_roomId: string, after: number, limit: number): Promise<LogPage> {
    this.reads++;
    if (this.failures-- > 0) throw new Error('the database is away');
    await Promise.resolve();
    const later = this.committed.filter(({ revision }) => revision > after);
    return { head: this.committed.at(-1)?.revision ?? 0, entries: later.slice(0, limit), hasMore: later.length > limit, access: null };
  }

  heads() {
    return Promise.resolve(new Map<string, number>());
  }

  revive(): never {
    throw new Error('nothing comes from elsewhere');
  }

  positionsIn() {
    return Promise.resolve(new Map<string, PassingState[]>());
  }

  positions() {
    return Promise.resolve([]);
  }
}

function aHub(log: RoomLog, head: number) {
  const heard: number[] = [];
  const errors: unknown[] = [];
  const hub = new RoomHub('room', log, head, (error) => errors.push(error));
  hub.listeners.add({ hear: ({ revision }) => heard.push(revision), notice: () => undefined });
  return { hub, heard, errors };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a hub', () => {
  test('delivers the next revision at once and reads nothing', () => {
    const log = new MemoryLog([]);
    const { hub, heard } = aHub(log, 3);
    hub.receive({ entries: [entry(4), entry(5)] });
    expect(heard).toEqual([4, 5]);
    expect(log.reads).toBe(0);
  });

  test('looks again for what was announced while it was reading', async () => {
    const log = new MemoryLog([entry(1), entry(2)]);
    const { hub, heard } = aHub(log, 0);
    const read = log.read.bind(log);
    log.read = async (...question) => {
      const page = await read(...question);
      if (log.reads === 1) {
        // Two commits, and the later one is told first, behind the back of the snapshot.
        log.committed.push(entry(3), entry(4));
        hub.receive({ entries: [entry(4)] });
      }
      return page;
    };
    hub.receive({ entries: [entry(2)] });
    await settle();
    hub.receive({ entries: [entry(3)] });
    await settle();
    expect(heard).toEqual([1, 2, 3, 4]);
  });

  test('drops what it has delivered', () => {
    const { hub, heard } = aHub(new MemoryLog([]), 3);
    hub.receive({ entries: [entry(4)] });
    hub.receive({ entries: [entry(4), entry(2)] });
    expect(heard).toEqual([4]);
  });

  test('fills a hole from the log before anything later', async () => {
    const log = new MemoryLog([1, 2, 3, 4, 5].map(entry));
    const { hub, heard } = aHub(log, 1);
    hub.receive({ entries: [entry(5)] });
    await settle();
    expect(heard).toEqual([2, 3, 4, 5]);
  });

  test('counts overtaken revisions, which have no entry any more, as delivered', async () => {
    const { hub, heard } = aHub(new MemoryLog([entry(1), entry(4)]), 0);
    hub.receive({ entries: [entry(3)] });
    await settle();
    hub.receive({ entries: [entry(2), entry(3), entry(5)] });
    expect(heard).toEqual([1, 4, 5]);
  });

  test('does not believe in a revision that the log does not know', async () => {
    const log = new MemoryLog([entry(1), entry(2)]);
    const { hub, heard } = aHub(log, 1);
    hub.receive({ entries: [entry(1_000_000)] });
    await settle();
    log.committed.push(entry(3));
    hub.receive({ entries: [entry(3)] });
    expect(heard).toEqual([2, 3]);
    expect(log.reads).toBe(1);
  });

  test('fills what the log has and nobody announced', async () => {
    const { hub, heard } = aHub(new MemoryLog([1, 2].map(entry)), 0);
    hub.announce(2);
    await settle();
    expect(heard).toEqual([1, 2]);
  });

  test('tries again when the database was away', async () => {
    const log = new MemoryLog([1, 2, 3].map(entry));
    log.failures = 1;
    const { hub, heard, errors } = aHub(log, 0);
    const done = new Promise<void>((resolve) =>
      hub.listeners.add({ hear: ({ revision }) => void (revision === 3 && resolve()), notice: () => undefined }),
    );
    hub.receive({ entries: [entry(3)] });
    await done;
    expect(heard).toEqual([1, 2, 3]);
    expect(errors).toHaveLength(1);
  });

  test('delivers every revision once and in order, whatever a bus loses, repeats and swaps', async () => {
    const signals = fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(signals, async (received) => {
        const log = new MemoryLog([]);
        const { hub, heard } = aHub(log, 0);
        for (const revisions of received) {
          // Announced means committed, and so is everything before it.
          for (let next = log.committed.length + 1; next <= Math.max(...revisions); next++) log.committed.push(entry(next));
          hub.receive({ entries: revisions.map(entry) });
          if (revisions.length > 1) await settle();
        }
        await settle();
        expect(heard).toEqual(log.committed.map(({ revision }) => revision));
      }),
    );
  });
});
