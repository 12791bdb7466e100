import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LocalBus } from '../../live/bus/bus.js';
import { Hubs } from '../../live/hub/hubs.js';
import { type LogEntry, type LogPage, type PassingState, type Reader, RoomLog, roomTopic } from '../../live/hub/log.js';
import { Resync, RoomStream, type StreamItem } from '../../live/stream.js';
import { FanOuts } from './fan-out.js';
import { relay } from './relay.js';
import { SharedResult } from '../frames/shared-result.js';

const entry = (revision: number, cutsOff: LogEntry['cutsOff'] = null): LogEntry => ({
  revision,
  sequence: revision,
  committedAt: null,
  cutsOff,
});

class MemoryLog extends RoomLog {
  readonly committed: LogEntry[] = [];

  read(_roomId: string, after: number, _limit: number, reader?: Reader): Promise<LogPage> {
    const entries = this.committed.filter(({ revision }) => revision > after);
    const isOut = this.committed.some(({ cutsOff }) => cutsOff === reader?.userId);
    return Promise.resolve({ head: this.committed.length, entries, hasMore: false, access: isOut ? null : { horizon: 0 } });
  }

  heads() {
    return Promise.resolve(new Map<string, number>());
  }

  revive(): never {
    throw new Error('nothing comes from elsewhere');
  }

  /** The first thing that a stream tells once it is live. */
  positions(): Promise<PassingState[]> {
    return Promise.resolve([new Signal(-1)]);
  }

  positionsIn() {
    return Promise.resolve(new Map<string, PassingState[]>());
  }
}

/** What passes, each time another. */
class Signal implements PassingState {
  readonly userId = 'first';

  constructor(readonly number: number) {}
}

type Words = number | 'resync' | { state: number };

function wordsFor(item: StreamItem): Words {
  if (item instanceof Resync) return 'resync';
  return 'revision' in item ? item.revision : { state: (item as Signal).number };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A room in which everybody asks the same. */
class TestRoom {
  readonly log = new MemoryLog();
  readonly listeners: Listener[] = [];
  readonly fanOuts = new FanOuts();
  private readonly bus = new LocalBus();
  private readonly hubs = new Hubs(this.bus, this.log);
  private readonly results = new WeakMap<object, SharedResult>();
  executions = 0;
  private signals = 0;

  /** @param isSlow its client takes a while for everything */
  async join(userId: string, isSlow = false): Promise<Listener> {
    const listener = new Listener(userId, isSlow, new RoomStream(this.hubs, this.log, 'room', { userId, isVisitor: false }, 0), this);
    this.listeners.push(listener);
    void listener.listen();
    await settle();
    return listener;
  }

  say(cutsOff: LogEntry['cutsOff'] = null): void {
    this.bus.publish(roomTopic('room'), { entries: [this.write(cutsOff)] });
  }

  /** What the bus loses. */
  write(cutsOff: LogEntry['cutsOff'] = null): LogEntry {
    const next = entry(this.log.committed.length + 1, cutsOff);
    this.log.committed.push(next);
    return next;
  }

  get isOpen(): boolean {
    return this.hubs.rooms().length > 0;
  }

  notice(state: PassingState = new Signal(this.signals++)): void {
    this.bus.publish(roomTopic('room'), { state });
  }

  /** As GraphQL would: now or later, once for everybody. */
  resultOf(event: StreamItem): SharedResult {
    let result = this.results.get(event);
    if (!result) {
      this.executions++;
      const data = { data: { is: wordsFor(event) } };
      this.results.set(event, (result = new SharedResult('', () => (this.executions % 2 ? data : Promise.resolve(data)))));
    }
    return result;
  }
}

class Listener {
  readonly heard: Words[] = [];
  readonly states: number[] = [];
  readonly stalled: (() => void)[] = [];
  hasEnded = false;
  standsIn = 0;

  constructor(
    readonly userId: string,
    public isSlow: boolean,
    readonly stream: RoomStream,
    private readonly room: TestRoom,
  ) {}

  async listen(): Promise<void> {
    for (;;) {
      const event = (await this.relay()) ?? (await this.stream.next());
      if (event.done) break;
      this.hear(wordsFor(event.value as StreamItem));
    }
    this.hasEnded = true;
  }

  /** States come and go. */
  private hear(words: Words): void {
    if (typeof words === 'object') this.states.push(words.state);
    else this.heard.push(words);
  }

  read(): void {
    for (const resume of this.stalled.splice(0)) resume();
  }

  private relay() {
    const resultOf = (event: unknown) => this.room.resultOf(event as StreamItem);
    const tell = (message: (id: string) => Buffer): Promise<void> | void => {
      this.hear((JSON.parse(message('1').subarray(2).toString()) as { payload: { data: { is: Words } } }).payload.data.is);
      if (this.isSlow) return new Promise((resolve) => this.stalled.push(resolve));
    };
    return relay({
      source: this.stream,
      resultOf,
      tell,
      standBy: (goOn) => {
        const stream = this.stream.rest();
        const standsIn = stream !== null && this.room.fanOuts.join('', { stream, resultOf, tell, goOn });
        if (standsIn) this.standsIn++;
        return standsIn;
      },
    });
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('a fan-out', () => {
  test('tells all who rest, each once, and executes once', async () => {
    const room = new TestRoom();
    const all = await Promise.all(['ada', 'ben', 'cy'].map((name) => room.join(name)));
    room.say();
    await settle();
    room.say();
    await settle();
    for (const { heard, standsIn } of all) {
      expect(heard).toEqual([1, 2]);
      expect(standsIn).toBe(1);
    }
    expect(room.executions).toBe(2);
  });

  test('ends with whoever is cut off, and goes on for the others', async () => {
    const room = new TestRoom();
    const [ada, ben] = [await room.join('ada'), await room.join('ben')];
    room.say();
    room.say('ben');
    room.say();
    await settle();
    expect(ben).toMatchObject({ heard: [1], hasEnded: true });
    expect(ada).toMatchObject({ heard: [1, 2, 3], hasEnded: false });
  });

  test('waits for nobody who reads slowly, and loses them nothing', async () => {
    const room = new TestRoom();
    const [fast, slow] = [await room.join('ada'), await room.join('ben', true)];
    for (let said = 0; said < 4; said++) room.say();
    await settle();
    expect(fast.heard).toEqual([1, 2, 3, 4]);
    expect(slow.heard).toEqual([1]);
    slow.isSlow = false;
    slow.read();
    await settle();
    expect(slow.heard).toEqual([1, 2, 3, 4]);
    room.say();
    await settle();
    expect(slow).toMatchObject({ heard: [1, 2, 3, 4, 5], standsIn: 2 });
  });

  test('leaves off with those who do not keep up', async () => {
    const room = new TestRoom();
    const slow = await room.join('ben', true);
    for (let said = 0; said < 1_500; said++) room.say();
    await settle();
    slow.isSlow = false;
    slow.read();
    await settle();
    expect(slow).toMatchObject({ heard: [1, 'resync'], hasEnded: true });
  });

  test('lets go of who leaves while it rests, and of the room with the last', async () => {
    const room = new TestRoom();
    const [ada, ben] = [await room.join('ada'), await room.join('ben')];
    await ben.stream.return();
    room.say();
    await settle();
    expect(ben).toMatchObject({ heard: [], hasEnded: true });
    expect(ada.heard).toEqual([1]);
    expect(room.isOpen).toBe(true);
    await ada.stream.return();
    room.say();
    expect(room.isOpen).toBe(false);
    expect(ada).toMatchObject({ heard: [1], hasEnded: true });
  });

  test('hides from one alone what they have cleared', async () => {
    const room = new TestRoom();
    const [ada, ben] = [await room.join('ada'), await room.join('ben')];
    room.notice({ userId: 'ben', hidesUpTo: 1 });
    room.say();
    room.say();
    await settle();
    expect([ada.heard, ben.heard]).toEqual([[1, 2], [2]]);
  });

  test('whoever comes, goes, stalls and is cut off, each hears everything once and in order', async () => {
    const act = fc.constantFrom('join', 'joinSlow', 'write', 'stall', 'stall', 'read', 'cutOff', 'leave');
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ act: 'say', who: 0 } as const) },
      { weight: 2, arbitrary: fc.constantFrom({ act: 'settle', who: 0 } as const, { act: 'state', who: 0 } as const) },
      { weight: 2, arbitrary: fc.record({ act, who: fc.nat(5) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (script) => {
        const room = new TestRoom();
        const left = new Set<Listener>();
        for (const name of ['first', 'second', 'third']) await room.join(name);
        for (const { act, who } of script) {
          const one = room.listeners[who % room.listeners.length]!;
          if (act === 'say') room.say();
          if (act === 'write') room.write();
          if (act === 'state') room.notice();
          if (act === 'settle') await settle();
          if (act === 'join' || act === 'joinSlow') void room.join(`${room.listeners.length}`, act === 'joinSlow');
          if (act === 'stall') one.isSlow = true;
          if (act === 'read') one.read();
          if (act === 'cutOff') room.say(one.userId);
          if (act === 'leave') left.add(one);
          if (act === 'leave') void one.stream.return();
        }
        room.say();
        await settle();
        while (room.listeners.some((one) => one.stalled.length > 0)) {
          for (const one of room.listeners) one.read();
          await settle();
        }
        const { committed } = room.log;
        for (const one of room.listeners) {
          const cutOff = committed.find(({ cutsOff }) => cutsOff === one.userId)?.revision ?? Infinity;
          const isOut = left.has(one) || cutOff < Infinity;
          expect(one.hasEnded).toBe(isOut);
          expect(one.heard).toEqual(upTo(isOut ? one.heard.length : committed.length));
          expect(one.heard.length).toBeLessThan(cutOff);
          expect(one.states).toEqual([...new Set(one.states)].sort((a, b) => a - b));
        }
      }),
      { numRuns: 300 },
    );
  });
});
