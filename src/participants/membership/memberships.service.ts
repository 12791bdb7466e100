import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { atMost } from '../../common/at-most.js';
import { run } from '../../database/sql.js';
import { Bus, recoveredTopic } from '../../live/bus/bus.js';
import type { Action } from '../../policy/policy.js';
import { accessTopic } from '../../timeline/timeline.service.js';
import { findMembership, findMemberships, type Membership, type Person } from './membership.js';

const REMEMBERED_MS = 60_000;
/** Among several nodes nothing is shown on the strength of older knowledge: Redis may have lost a removal without a word. */
const SHOWN_MS = 500;

/** These show something without asking the database for the right to it once more. */
const SHOWING: ReadonlySet<Action> = new Set<Action>(['room.read', 'message.readRevisions']);

interface Known {
  membership: Membership;
  at: number;
}

/**
 * The memberships that this node has seen lately, so that a request asks nothing twice. A room's entries are dropped when its
 * access changes. What changes something is judged again under the room's lock, so old knowledge costs it nothing but an answer that
 * comes later; what shows something is not.
 */
@Injectable()
export class Memberships implements OnModuleInit {
  private readonly rooms = new LRUCache<string, Map<string, Known>>({ ...atMost(20_000), ttl: REMEMBERED_MS });
  /** Of things that rooms are about. They never move to another room. */
  private readonly roomsOf = new LRUCache<string, string>(atMost(50_000));
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

  known(roomId: string, person: Person, action: Action = 'room.read'): Membership | undefined {
    const known = this.rooms.get(roomId)?.get(person.userId);
    if (known?.membership.platformRole !== person.platformRole) return undefined;
    const isEnough = this.bus.isAlone || !SHOWING.has(action) || performance.now() - known.at < SHOWN_MS;
    return isEnough ? known.membership : undefined;
  }

  async find(room: { id: string } | { code: string }, person: Person): Promise<Membership | null> {
    const known = 'id' in room ? this.known(room.id, person) : undefined;
    if (known) return known;
    const dropsBefore = this.drops;
    const membership = await findMembership(this.dataSource, room, person);
    if (membership && dropsBefore === this.drops) this.keep(membership);
    return membership;
  }

  /** The same for many rooms at once, in one statement at the most. */
  async findAll(roomIds: readonly string[], person: Person): Promise<Membership[]> {
    const known = roomIds.flatMap((id) => this.known(id, person) ?? []);
    if (known.length === roomIds.length) return known;
    const dropsBefore = this.drops;
    const ids = new Set(known.map(({ roomId }) => roomId));
    const unknown = roomIds.filter((id) => !ids.has(id));
    const found = await findMemberships(this.dataSource, unknown, person);
    if (dropsBefore === this.drops) for (const membership of found) this.keep(membership);
    return [...known, ...found];
  }

  /** The room of a row of another table; null where there is none. The name of the table stands in the code, it is no input. */
  async roomOf(table: string, id: string): Promise<string | null> {
    const key = id.toLowerCase();
    const known = this.roomsOf.get(key);
    if (known) return known;
    const statement = { name: `room_of_${table}`, text: `select room_id from ${table} where id = $1` };
    const [row] = await run<{ room_id: string }>(this.dataSource, statement, [key]);
    if (row) this.roomsOf.set(key, row.room_id);
    return row?.room_id ?? null;
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
