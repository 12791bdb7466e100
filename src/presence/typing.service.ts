import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Connections } from '../auth/connections.js';
import { Bus, type Unsubscribe } from '../live/bus/bus.js';
import { RoomLog, type RoomSignal, roomTopic } from '../live/hub/log.js';
import { TypingChanged } from '../live/typing-changed.js';
import { MessageAdded } from '../timeline/log/entry.js';
import { noticeOf } from '../timeline/log/notice.js';
import { Timeline } from '../timeline/timeline.service.js';
import { goneTopic } from './presence.service.js';

/** After the last signal. */
const SHOWN_MS = 6_000;
/** A beginning or a renewal is told at most so often, per person and room. */
const TOLD_EVERY_MS = 2_000;

interface Typist {
  isTyping: boolean;
  /** Which node has told the room, and will tell it when it is over. */
  shownBy: 'us' | 'another' | null;
  signalledAt: number;
  toldAt: number;
  timer: NodeJS.Timeout | undefined;
}

interface TypedRoom {
  people: Map<string, Typist>;
  unsubscribe: Promise<Unsubscribe>;
}

/**
 * Who is typing, as far as this node was told by them. While there is somebody it listens to their room: what they send, on whatever
 * node, ends it, and so does a notice about them. A node that hears another tell of the same person leaves the rest to that one.
 */
@Injectable()
export class Typing implements OnModuleInit, OnModuleDestroy {
  private readonly rooms = new Map<string, TypedRoom>();
  /** What this node is saying at this moment, to know it from what others say. */
  private saying: TypingChanged | null = null;

  constructor(
    private readonly bus: Bus,
    private readonly timeline: Timeline,
    private readonly log: RoomLog,
    private readonly connections: Connections,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.bus.subscribe(goneTopic, ({ userId }) => this.gone(userId));
  }

  onModuleDestroy(): void {
    for (const { people } of this.rooms.values()) for (const typist of people.values()) clearTimeout(typist.timer);
    this.rooms.clear();
  }

  set(roomId: string, userId: string, isTyping: boolean): void {
    if (isTyping) {
      const typist = this.typist(roomId, userId);
      typist.isTyping = true;
      typist.signalledAt = performance.now();
      this.settle(roomId, userId, typist);
      return;
    }
    const isKnown = this.rooms.get(roomId)?.people.has(userId);
    const typist = this.typist(roomId, userId);
    // Where nothing is known here, another node may show it. Remembered, so that this, too, is told only once in a while.
    if (!isKnown) typist.toldAt = performance.now();
    const mayBeShown = !isKnown || typist.shownBy !== null;
    this.rest(roomId, userId, typist);
    if (mayBeShown) this.say(roomId, userId, false);
  }

  private typist(roomId: string, userId: string): Typist {
    let room = this.rooms.get(roomId);
    if (!room) {
      const topic = roomTopic(roomId, (json) => this.log.revive(json));
      room = { people: new Map(), unsubscribe: this.bus.subscribe(topic, (signal) => this.hear(roomId, signal)) };
      this.rooms.set(roomId, room);
    }
    let typist = room.people.get(userId);
    if (!typist) {
      typist = { isTyping: false, shownBy: null, signalledAt: 0, toldAt: -TOLD_EVERY_MS, timer: undefined };
      room.people.set(userId, typist);
    }
    return typist;
  }

  /** Does what is due for a person, and waits for what is due next. */
  private settle(roomId: string, userId: string, typist: Typist): void {
    const now = performance.now();
    if (typist.isTyping && now - typist.signalledAt >= SHOWN_MS) return this.end(roomId, userId);
    const mayTell = now - typist.toldAt >= TOLD_EVERY_MS;
    if (typist.isTyping && mayTell && (typist.shownBy !== 'us' || typist.signalledAt > typist.toldAt)) {
      typist.shownBy = 'us';
      typist.toldAt = now;
      this.say(roomId, userId, true);
    }
    if (!typist.isTyping && mayTell) return this.forget(roomId, userId);
    const dueAt = typist.isTyping && typist.shownBy === 'us' ? typist.signalledAt + SHOWN_MS : typist.toldAt + TOLD_EVERY_MS;
    clearTimeout(typist.timer);
    typist.timer = setTimeout(() => this.settle(roomId, userId, typist), Math.ceil(dueAt - now)).unref();
  }

  private end(roomId: string, userId: string): void {
    const typist = this.rooms.get(roomId)?.people.get(userId);
    if (!typist) return;
    const wasOurs = typist.shownBy === 'us';
    this.rest(roomId, userId, typist);
    if (wasOurs) this.say(roomId, userId, false);
  }

  /** Not typing as far as this node knows; remembered for a while, so that the next beginning is not told too soon. */
  private rest(roomId: string, userId: string, typist: Typist, shownBy: Typist['shownBy'] = null): void {
    typist.isTyping = false;
    typist.shownBy = shownBy;
    this.settle(roomId, userId, typist);
  }

  private forget(roomId: string, userId: string): void {
    const room = this.rooms.get(roomId);
    clearTimeout(room?.people.get(userId)?.timer);
    if (!room?.people.delete(userId) || room.people.size > 0) return;
    this.rooms.delete(roomId);
    void room.unsubscribe.then((unsubscribe) => unsubscribe());
  }

  private say(roomId: string, userId: string, isTyping: boolean): void {
    this.saying = new TypingChanged(userId, isTyping);
    this.timeline.notice(roomId, this.saying);
    this.saying = null;
  }

  private hear(roomId: string, signal: RoomSignal): void {
    if ('state' in signal) {
      if (signal.state instanceof TypingChanged && signal.state !== this.saying) this.leaveToAnother(roomId, signal.state);
      return;
    }
    for (const entry of signal.entries) {
      if (!(entry instanceof MessageAdded)) continue;
      const notice = noticeOf(entry.message);
      const userId = notice ? notice.userId : entry.message.senderId;
      if (userId) this.end(roomId, userId);
      else for (const person of [...(this.rooms.get(roomId)?.people.keys() ?? [])]) this.end(roomId, person);
    }
  }

  private leaveToAnother(roomId: string, { userId, isTyping }: TypingChanged): void {
    const typist = this.rooms.get(roomId)?.people.get(userId);
    if (!typist) return;
    if (isTyping) typist.toldAt = performance.now();
    this.rest(roomId, userId, typist, isTyping ? 'another' : null);
  }

  /** They have closed their last socket on some node, and have none here. */
  private gone(userId: string): void {
    if (this.connections.has(userId)) return;
    for (const roomId of [...this.rooms.keys()]) this.end(roomId, userId);
  }
}
