import { describe, expect, test } from '@jest/globals';
import { metrics } from '../common/telemetry/metrics.js';
import { LocalBus, type Topic } from './bus/bus.js';
import { Hubs } from './hub/hubs.js';
import { type LogEntry, type LogPage, type PassingState, RoomLog, roomTopic } from './hub/log.js';
import { Resync, RoomStream } from './stream.js';

const entry = (revision: number, cutsOff: LogEntry['cutsOff'] = null): LogEntry => ({
  revision,
  sequence: revision,
  committedAt: null,
  cutsOff,
});

class EmptyLog extends RoomLog {
  isAway = false;

  read(): Promise<LogPage> {
    return Promise.resolve({ head: 0, entries: [], hasMore: false, access: { horizon: 0 } });
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
    return this.isAway ? Promise.reject(new Error('the database is away')) : Promise.resolve([]);
  }
}

/** A room's stream, and how many listen to its topic on the bus. */
function aStream(reader = { userId: 'ada', isVisitor: false }) {
  const log = new EmptyLog();
  let listeners = 0;
  class CountingBus extends LocalBus {
    override async subscribe<Payload>(topic: Topic<Payload>, listener: (payload: Payload) => void) {
      const unsubscribe = await super.subscribe(topic, listener);
      listeners++;
      return () => {
        listeners--;
        unsubscribe();
      };
    }
  }
  const bus = new CountingBus();
  const stream = new RoomStream(new Hubs(bus, log), log, 'room', reader, 0);
  return { log, bus, stream, listeners: () => listeners };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a stream', () => {
  test('that fails lets go of its room', async () => {
    const { log, stream, listeners } = aStream();
    log.isAway = true;
    await expect(stream.next()).rejects.toThrow('the database is away');
    expect(listeners()).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test.each([false, true])('ends with what cuts off its reader (a visitor: %s), before anything later', async (isVisitor) => {
    const { bus, stream, listeners } = aStream({ userId: 'ada', isVisitor });
    const first = stream.next();
    await settle();
    bus.publish(roomTopic('room'), { entries: [entry(1), entry(2, 'ada'), entry(3)] });
    expect(await first).toEqual({ done: false, value: entry(1) });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(listeners()).toBe(0);
  });

  test('whose reader does not keep up ends, says where to resume, and counts what it let go', async () => {
    const { bus, stream, listeners } = aStream();
    const before = (await metrics.dropped.get()).values[0]?.value ?? 0;
    const first = stream.next();
    await settle();
    bus.publish(roomTopic('room'), { entries: [entry(1)] });
    expect(await first).toEqual({ done: false, value: entry(1) });
    bus.publish(roomTopic('room'), { entries: Array.from({ length: 1_001 }, (_, at) => entry(2 + at)) });
    expect(await stream.next()).toEqual({ done: false, value: new Resync(1) });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect((await metrics.dropped.get()).values[0]?.value).toBe(before + 1_001);
    expect(listeners()).toBe(0);
  });
});
