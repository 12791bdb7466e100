import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { Bus, recoveredTopic } from '../live/bus.js';
import { accessTopic } from '../timeline/timeline.service.js';
import { findMembership, type Membership, type Person } from './membership.js';

const REMEMBERED_MS = 60_000;
/** While the other nodes may not be heard, nothing is believed for longer than a removal may take to be felt. */
const REMEMBERED_ALONE_MS = 500;

interface Known {
  membership: Membership;
  at: number;
}

/**
 * The memberships that this node has seen lately, so that a request asks nothing twice. A room's entries are dropped when its
 * access changes; what decides in the end is judged again under the room's lock.
 */
@Injectable()
export class Memberships implements OnModuleInit {
  private readonly rooms = new LRUCache<string, Map<string, Known>>({ max: 20_000, ttl: REMEMBERED_MS });
  /** Counts the drops, so that a look-up that was overtaken by one is not kept. */
  private drops = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: Bus,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.bus.subscribe(accessTopic, ({ roomId }) => {
      this.drops++;
      this.rooms.delete(roomId);
    });
    await this.bus.subscribe(recoveredTopic, () => {
      this.drops++;
      this.rooms.clear();
    });
  }

  /** Says to every node that somebody's standing has changed without a notice in the log (a cleared history). After the commit. */
  changed(roomId: string): void {
    this.bus.publish(accessTopic, { roomId });
  }

  known(roomId: string, person: Person): Membership | undefined {
    const known = this.rooms.get(roomId)?.get(person.userId);
    if (known?.membership.platformRole !== person.platformRole) return undefined;
    return this.bus.isHealthy || performance.now() - known.at < REMEMBERED_ALONE_MS ? known.membership : undefined;
  }

  async find(room: { id: string } | { code: string }, person: Person): Promise<Membership | null> {
    const known = 'id' in room ? this.known(room.id, person) : undefined;
    if (known) return known;
    const dropsBefore = this.drops;
    const membership = await findMembership(this.dataSource, room, person);
    if (membership && dropsBefore === this.drops) this.keep(membership);
    return membership;
  }

  /** Whether the room is there for this person at this moment. */
  async has(roomId: string, person: Person): Promise<boolean> {
    return (await this.find({ id: roomId }, person)) !== null;
  }

  private keep(membership: Membership): void {
    const known = { membership, at: performance.now() };
    const people = this.rooms.get(membership.roomId);
    if (people) people.set(membership.userId, known);
    else this.rooms.set(membership.roomId, new Map([[membership.userId, known]]));
  }
}
