import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Connections } from '../auth/connections.js';
import { LocalBus } from '../live/bus/bus.js';
import { RoomHub } from '../live/hub/hub.js';
import { roomTopic } from '../live/hub/log.js';
import { TypingChanged } from '../live/typing-changed.js';
import { PlatformRole } from '../policy/roles.js';
import { MessageAdded } from '../timeline/log/entry.js';
import { Message, MessageKind } from '../timeline/log/message.entity.js';
import { TimelineLog } from '../timeline/room-log.js';
import { Timeline } from '../timeline/timeline.service.js';
import { goneTopic } from './presence.service.js';
import { Typing } from './typing.service.js';

const nowhere = new DataSource({ type: 'postgres' });
const log = new TimelineLog(nowhere);

let bus: LocalBus;
let told: [string, boolean, number][];

interface FakeNode {
  typing: Typing;
  connections: Connections;
}

async function aNode(): Promise<FakeNode> {
  const connections = new Connections();
  const typing = new Typing(bus, new Timeline(nowhere, bus), log, connections);
  await typing.onModuleInit();
  return { typing, connections };
}

/** Something in the log of the room, announced by one node or another. */
function happens(message: Partial<Message>): void {
  bus.publish(roomTopic('room'), { entries: [new MessageAdded(Object.assign(new Message(), { roomId: 'room', ...message }))] });
}

const notice = (event: string, userId?: string) =>
  happens({ kind: MessageKind.SYSTEM, senderId: null, metadata: { event, userId, actorId: null } });

beforeEach(async () => {
  jest.useFakeTimers();
  bus = new LocalBus();
  told = [];
  const startedAt = performance.now();
  await bus.subscribe(roomTopic('room'), (signal) => {
    if ('state' in signal && signal.state instanceof TypingChanged)
      told.push([signal.state.userId, signal.state.isTyping, Math.round(performance.now() - startedAt)]);
  });
});

afterEach(() => {
  // Whoever has stopped is forgotten.
  jest.advanceTimersByTime(60_000);
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('typing', () => {
  test('is told at once, and ends 6 s after the last signal', async () => {
    const { typing } = await aNode();
    typing.set('room', 'ada', true);
    jest.advanceTimersByTime(1_500);
    typing.set('room', 'ada', true);
    jest.advanceTimersByTime(5_999);
    expect(told).toEqual([['ada', true, 0]]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual([
      ['ada', true, 0],
      ['ada', false, 7_500],
    ]);
  });

  test('that goes on is told every 2 s, however many signals come', async () => {
    const { typing } = await aNode();
    for (let i = 0; i < 100; i++) {
      typing.set('room', 'ada', true);
      jest.advanceTimersByTime(100);
    }
    expect(told).toEqual([0, 2_000, 4_000, 6_000, 8_000].map((at) => ['ada', true, at]));
  });

  test('that begins and stops all the time is told to begin every 2 s, and to stop once each', async () => {
    const { typing } = await aNode();
    for (let i = 0; i < 40; i++) {
      typing.set('room', 'ada', i % 2 === 0);
      jest.advanceTimersByTime(100);
    }
    expect(told.filter(([, isTyping]) => isTyping).map(([, , at]) => at)).toEqual([0, 2_000]);
    expect(told.filter(([, isTyping]) => !isTyping)).toHaveLength(2);
    typing.set('room', 'ada', true);
    jest.advanceTimersByTime(2_000);
    expect(told.at(-1)?.slice(0, 2)).toEqual(['ada', true]);
  });

  test('ends with what the person sends, and with nothing that another sends', async () => {
    const { typing } = await aNode();
    for (const person of ['ada', 'ben']) typing.set('room', person, true);
    happens({ kind: MessageKind.TEXT, senderId: 'ada', metadata: null });
    expect(told.slice(2)).toEqual([['ada', false, 0]]);
  });

  test.each(['participant.muted', 'participant.left', 'participant.removed', 'participant.blocked', 'participant.roleChanged'])(
    'ends with %s of the person',
    async (event) => {
      const { typing } = await aNode();
      for (const person of ['ada', 'ben']) typing.set('room', person, true);
      notice(event, 'ben');
      expect(told.slice(2)).toEqual([['ben', false, 0]]);
    },
  );

  test.each(['room.closed', 'room.archived', 'room.deleted'])('ends for everybody with %s', async (event) => {
    const { typing } = await aNode();
    for (const person of ['ada', 'ben']) typing.set('room', person, true);
    notice(event);
    expect(told.slice(2).map(([person]) => person)).toEqual(['ada', 'ben']);
  });

  test('ends in all rooms with the last socket, not with another one', async () => {
    const { typing, connections } = await aNode();
    const viewer = { userId: 'ada', platformRole: PlatformRole.USER, sessionId: null, expiresAt: new Date() };
    const leave = connections.add({ viewer, end: () => undefined });
    typing.set('room', 'ada', true);
    bus.publish(goneTopic, { userId: 'ada' });
    expect(told).toHaveLength(1);
    leave();
    bus.publish(goneTopic, { userId: 'ada' });
    expect(told.slice(1)).toEqual([['ada', false, 0]]);
  });
});

describe('typing on two nodes', () => {
  test('is told every 2 s, and ends once, 6 s after the last signal to either', async () => {
    const nodes = [await aNode(), await aNode()];
    for (let i = 0; i < 30; i++) {
      nodes[i % 2]?.typing.set('room', 'ada', true);
      jest.advanceTimersByTime(100);
    }
    const begun = told.length;
    expect(begun).toBeLessThanOrEqual(4);
    jest.advanceTimersByTime(10_000);
    expect(told.slice(begun).filter(([, isTyping]) => !isTyping)).toEqual([['ada', false, expect.any(Number)]]);
    expect(told.at(-1)?.[2]).toBeGreaterThanOrEqual(8_800);
    expect(told.at(-1)?.[2]).toBeLessThanOrEqual(8_900 + 2_000);
  });

  test('ends when the person says so to the other one', async () => {
    const [first, second] = [await aNode(), await aNode()];
    first.typing.set('room', 'ada', true);
    second.typing.set('room', 'ada', false);
    second.typing.set('room', 'ada', false);
    expect(told).toEqual([
      ['ada', true, 0],
      ['ada', false, 0],
    ]);
    jest.advanceTimersByTime(10_000);
    expect(told).toHaveLength(2);
  });

  test('ends for who listens on a node that lives on, when the one that took the signals is killed', async () => {
    const heard: boolean[] = [];
    const hub = new RoomHub('room', log, 0, () => undefined);
    hub.listeners.add({ hear: () => undefined, notice: (state) => heard.push((state as TypingChanged).isTyping) });
    hub.receive({ state: new TypingChanged('ada', true) });
    jest.advanceTimersByTime(2_000);
    hub.receive({ state: new TypingChanged('ada', true) });
    jest.advanceTimersByTime(8_999);
    expect(heard).toEqual([true, true]);
    jest.advanceTimersByTime(1);
    expect(heard).toEqual([true, true, false]);
  });
});
