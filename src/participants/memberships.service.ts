import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { Bus } from '../live/bus.js';
import { accessTopic } from '../timeline/timeline.service.js';
import { findMembership, type Membership, type Person } from './membership.js';

/**
 * The memberships that this node has seen lately, so that a request asks nothing twice. A room's entries are dropped when its
 * access changes; what decides in the end is judged again under the room's lock.
 */
@Injectable()
export class Memberships implements OnModuleInit {
  private readonly rooms = new LRUCache<string, Map<string, Membership>>({ max: 20_000, ttl: 60_000 });
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
  }

  /** Says to every node that somebody's standing has changed without a notice in the log (a cleared history). After the commit. */
  changed(roomId: string): void {
    this.bus.publish(accessTopic, { roomId });
  }

  known(roomId: string, person: Person): Membership | undefined {
    const membership = this.rooms.get(roomId)?.get(person.userId);
    return membership?.platformRole === person.platformRole ? membership : undefined;
  }

  async find(room: { id: string } | { code: string }, person: Person): Promise<Membership | null> {
    const known = 'id' in room ? this.known(room.id, person) : undefined;
    if (known) return known;
    const dropsBefore = this.drops;
    const membership = await findMembership(this.dataSource, room, person);
    if (membership && dropsBefore === this.drops) this.keep(membership);
    return membership;
  }

  private keep(membership: Membership): void {
    const people = this.rooms.get(membership.roomId);
    if (people) people.set(membership.userId, membership);
    else this.rooms.set(membership.roomId, new Map([[membership.userId, membership]]));
  }
}
