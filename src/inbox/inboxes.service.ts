import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Bus, recoveredTopic, type Unsubscribe } from '../live/bus/bus.js';
import { RoomLog, roomTopic, type RoomSignal } from '../live/hub/log.js';
import { PresenceWatch } from '../presence/presence-watch.service.js';
import { inboxListings } from '../rooms/room/rooms.queries.js';
import { unreadByRoom } from '../rooms/room/unread.queries.js';
import { OwnSideChanged, ReceiptAdvanced } from '../timeline/log/read-position.js';
import { accessTopic } from '../timeline/timeline.service.js';
import { InboxRoomChanged, InboxRoomLost } from './inbox-events.js';
import { type KnownSeat, roomsMissed, seatsOf } from './inbox.queries.js';
import { InboxStream } from './inbox.stream.js';

/** Changes of one moment share a statement. */
const GATHER_MS = 20;
/** While other nodes may not be heard. */
const SWEEP_MS = 1_000;
/** Always, should the bus be well and have lost a word all the same. */
const THOROUGH_MS = 5_000;

interface WatchedRoom {
  streams: Set<InboxStream>;
  unsubscribe: Promise<Unsubscribe>;
  revision: number;
}

/**
 * The inboxes that are open on this node. Each room of somebody who listens is watched once, which costs nothing while it is idle; when
 * something happens in it, one statement reads the room and everybody's side of it, for all who are told.
 */
@Injectable()
export class Inboxes implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Inboxes');
  private readonly people = new Map<string, Set<InboxStream>>();
  private readonly rooms = new Map<string, WatchedRoom>();
  /** Rooms to be told of, and whether somebody may be new in them. */
  private readonly changed = new Map<string, { access: boolean }>();
  private gathering: NodeJS.Timeout | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private lastSweep = new Date();
  private isSweeping = false;
  /** The bus was away since the last sweep that went well. */
  private isSweepDue = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: Bus,
    private readonly log: RoomLog,
    private readonly presence: PresenceWatch,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.bus.subscribe(accessTopic, ({ roomId }) => this.people.size > 0 && this.change(roomId, true));
    this.presence.tellAlso({
      people: () => this.people.keys(),
      tell: (userId, event) => this.people.get(userId)?.forEach((stream) => stream.tellPresence(event)),
    });
    await this.bus.subscribe(recoveredTopic, () => {
      this.isSweepDue = true;
      void this.sweep();
    });
    this.sweeping = setInterval(() => {
      const isLongAgo = Date.now() - this.lastSweep.getTime() >= THOROUGH_MS;
      if (this.isSweepDue || !this.bus.isHealthy || isLongAgo) void this.sweep();
    }, SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeping);
    clearTimeout(this.gathering);
  }

  /** Its first event comes when every room is watched. */
  async open(userId: string): Promise<InboxStream> {
    const stream = new InboxStream(userId, (ended) => this.close(ended));
    const streams = this.people.get(userId);
    if (streams) streams.add(stream);
    else this.people.set(userId, new Set([stream]));
    try {
      const seats = await seatsOf(this.dataSource, userId);
      await Promise.all(seats.map(({ roomId, revision }) => this.watch(roomId, stream, revision)));
      for (const { room_id, kind, unread, last_read_sequence } of await unreadByRoom(this.dataSource, userId))
        stream.rooms.begin(room_id, { kind, unread, lastReadSequence: last_read_sequence });
      return stream;
    } catch (error) {
      await stream.return();
      throw error;
    }
  }

  private close(stream: InboxStream): void {
    const streams = this.people.get(stream.userId);
    streams?.delete(stream);
    if (streams?.size === 0) this.people.delete(stream.userId);
    for (const roomId of stream.rooms.ids()) this.unwatch(roomId, stream);
  }

  private async watch(roomId: string, stream: InboxStream, revision: number): Promise<void> {
    let room = this.rooms.get(roomId);
    if (!room) {
      const topic = roomTopic(roomId, (json) => this.log.revive(json));
      room = { streams: new Set(), unsubscribe: this.bus.subscribe(topic, (signal) => this.hear(roomId, signal)), revision };
      this.rooms.set(roomId, room);
    }
    room.revision = Math.max(room.revision, revision);
    room.streams.add(stream);
    stream.rooms.add(roomId);
    await room.unsubscribe;
  }

  private unwatch(roomId: string, stream: InboxStream): void {
    const room = this.rooms.get(roomId);
    if (!room?.streams.delete(stream) || room.streams.size > 0) return;
    this.rooms.delete(roomId);
    void room.unsubscribe.then((unsubscribe) => unsubscribe());
  }

  /** A message is for everybody in the room; what somebody has read, or marked as unread, only for their own inbox. */
  private hear(roomId: string, signal: RoomSignal): void {
    const room = this.rooms.get(roomId);
    if (!room) return;
    const isTheirs = 'state' in signal && (signal.state instanceof ReceiptAdvanced || signal.state instanceof OwnSideChanged);
    if ('entries' in signal || (isTheirs && [...room.streams].some((stream) => stream.userId === signal.state.userId)))
      this.change(roomId, false);
  }

  private change(roomId: string, access: boolean): void {
    this.changed.set(roomId, { access: access || (this.changed.get(roomId)?.access ?? false) });
    this.gathering ??= setTimeout(() => void this.tellAll(), GATHER_MS).unref();
  }

  /** One statement after the other, so that no state is overtaken by an older one. */
  private async tellAll(): Promise<void> {
    while (this.changed.size > 0) {
      const changes = new Map(this.changed);
      this.changed.clear();
      try {
        await this.tell(changes);
      } catch (error) {
        this.logger.warn(`Inboxes could not be told: ${String(error)}`);
        for (const [roomId, { access }] of changes)
          this.changed.set(roomId, { access: access || (this.changed.get(roomId)?.access ?? false) });
        await wait(SWEEP_MS, undefined, { ref: false });
      }
    }
    this.gathering = undefined;
  }

  private async tell(changes: ReadonlyMap<string, { access: boolean }>): Promise<void> {
    const asked = new Set<string>();
    for (const [roomId, { access }] of changes) {
      if (access) for (const userId of this.people.keys()) asked.add(userId);
      else for (const stream of this.rooms.get(roomId)?.streams ?? []) asked.add(stream.userId);
    }
    if (asked.size === 0) return;
    const listings = Map.groupBy(await inboxListings(this.dataSource, [...changes.keys()], [...asked]), ({ room }) => room.id);
    for (const roomId of changes.keys()) {
      const seated = new Set<string>();
      for (const { userId, room, viewer } of listings.get(roomId) ?? []) {
        seated.add(userId);
        for (const stream of this.people.get(userId) ?? []) {
          await this.watch(roomId, stream, room.revision);
          stream.tell(new InboxRoomChanged(room, viewer));
        }
      }
      for (const stream of this.rooms.get(roomId)?.streams ?? []) {
        if (seated.has(stream.userId) || !asked.has(stream.userId)) continue;
        this.unwatch(roomId, stream);
        stream.tell(new InboxRoomLost(roomId));
      }
    }
  }

  /** Asks the database what others would have said: one statement, in which idle rooms cost a look at their head and nothing else. */
  private async sweep(): Promise<void> {
    if (this.isSweeping) return;
    const since = this.lastSweep;
    this.lastSweep = new Date();
    this.isSweepDue = false;
    if (this.people.size === 0) return;
    this.isSweeping = true;
    try {
      const entered = new Date(since.getTime() - 2 * SWEEP_MS);
      for (const roomId of await roomsMissed(this.dataSource, this.seats(), [...this.people.keys()], entered)) this.change(roomId, true);
    } catch (error) {
      this.lastSweep = since;
      this.isSweepDue = true;
      this.logger.warn(`Inboxes could not be swept: ${String(error)}`);
    } finally {
      this.isSweeping = false;
    }
  }

  private seats(): KnownSeat[] {
    return [...this.rooms].flatMap(([roomId, { streams, revision }]) =>
      [...streams].map(({ userId, rooms }) => ({
        roomId,
        userId,
        revision,
        lastReadSequence: rooms.sideIn(roomId)?.lastReadSequence ?? null,
      })),
    );
  }
}
