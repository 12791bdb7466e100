import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Person, type Room, World } from './support/world.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.stop());

const ROOMS = 'query ($filter: RoomFilter) { rooms(filter: $filter, first: 100) { nodes { id viewer { unreadCount } } } }';

async function listed(person: Person, filter: object = {}) {
  const { rooms } = await world.as(person).get<{ rooms: { nodes: (Room & { viewer: { unreadCount: number } })[] } }>(ROOMS, { filter });
  return rooms.nodes;
}

/** What a room should look like to its people, kept by hand: a message is who said it, null the system. */
class Model {
  readonly log: { sender: number | null; isDeleted: boolean }[] = [{ sender: null, isDeleted: false }];
  readonly people = new Map<number, { read: number; marked: number | null; horizon: number; isInside: boolean }>();

  constructor(readonly kind: string) {}

  get head(): number {
    return this.log.length;
  }

  notice(): void {
    this.log.push({ sender: null, isDeleted: false });
  }

  unread(person: number): number {
    const me = this.people.get(person);
    if (!me?.isInside) return 0;
    const from = Math.max(Math.min(me.read, me.marked ?? me.read), me.horizon);
    return this.log.slice(from).filter(({ sender, isDeleted }) => sender !== null && sender !== person && !isDeleted).length;
  }
}

describe('unread', () => {
  test('is what a count by hand gives, whatever people do', async () => {
    const people = await Promise.all(['ada', 'ben', 'chi'].map((name) => world.person(name)));
    const host = await world.person('Host', 'SERVICE');
    const step = fc.record({
      what: fc.constantFrom('send', 'send', 'send', 'read', 'mark', 'delete', 'clear', 'leave', 'add'),
      who: fc.nat(2),
      where: fc.nat(1),
      at: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 30 }), async (steps) => {
        const kinds = ['ORDER', 'JOB'];
        const rooms = await Promise.all(
          kinds.map((kind) =>
            world.room(
              [
                [people[0]!, 'CUSTOMER'],
                [people[1]!, 'RIDER'],
              ],
              { kind },
            ),
          ),
        );
        const models = kinds.map((kind) => new Model(kind));
        const ids: Map<number, string>[] = kinds.map(() => new Map());
        for (const model of models) for (const who of [0, 1]) model.people.set(who, { read: 0, marked: null, horizon: 0, isInside: true });

        for (const { what, who, where, at } of steps) {
          const model = models[where]!;
          const person = people[who]!;
          const roomId = rooms[where]!.id;
          const me = model.people.get(who);
          if (what === 'add') {
            if (me?.isInside) continue;
            await world.act(host, 'addParticipant', { roomId, userId: person.id, role: 'CUSTOMER' });
            model.people.set(who, { read: me?.read ?? model.head, marked: me?.marked ?? null, horizon: me?.horizon ?? 0, isInside: true });
            model.notice();
            continue;
          }
          if (!me?.isInside) continue;
          if (what === 'send') {
            const message = await world.send(rooms[where]!, person, 'Hello');
            model.log.push({ sender: who, isDeleted: false });
            expect(message.sequence).toBe(model.head);
            ids[where]!.set(message.sequence, message.id);
            me.read = model.head;
            me.marked = null;
          } else if (what === 'read') {
            await world.act(person, 'markRead', { roomId, upToSequence: at });
            me.read = Math.max(me.read, Math.min(at, model.head));
            if (me.marked !== null) me.marked = at >= me.read ? null : Math.max(me.marked, at);
          } else if (what === 'mark') {
            await world.act(person, 'markUnread', { roomId, fromSequence: at + 1 });
            me.marked = at < me.read ? at : null;
          } else if (what === 'clear') {
            await world.act(person, 'clearHistory', { roomId });
            me.horizon = model.head;
          } else if (what === 'leave') {
            await world.act(person, 'leaveRoom', { roomId });
            me.isInside = false;
            model.notice();
          } else {
            const sequence = model.log.findIndex(({ sender, isDeleted }, i) => sender === who && !isDeleted && i + 1 > me.horizon) + 1;
            if (sequence === 0) continue;
            await world.act(person, 'deleteMessage', { roomId, messageId: ids[where]!.get(sequence) });
            model.log[sequence - 1]!.isDeleted = true;
          }
        }
        for (const [who, person] of people.entries()) {
          const counts = models.map((model) => model.unread(who));
          const mine = (await listed(person)).filter(({ id }) => rooms.some((room) => room.id === id));
          for (const [where, room] of rooms.entries()) {
            expect(mine.find(({ id }) => id === room.id)?.viewer.unreadCount ?? 0).toBe(counts[where]);
          }
          const shown = (await listed(person, { unreadOnly: true })).filter(({ id }) => rooms.some((room) => room.id === id));
          expect(shown).toHaveLength(counts.filter((count) => count > 0).length);
          const { unread } = await world
            .as(person)
            .get<{ unread: { total: number; byKind: { kind: string; count: number }[] } }>('{ unread { total byKind { kind count } } }');
          expect(unread.total).toBe(counts[0]! + counts[1]!);
          expect(Object.fromEntries(unread.byKind.map(({ kind, count }) => [kind, count]))).toEqual(
            Object.fromEntries(models.flatMap((model, i) => (counts[i] ? [[model.kind, counts[i]]] : []))),
          );
        }
        for (const room of rooms) await world.act(host, 'deleteRoom', { roomId: room.id });
      }),
      { numRuns: 12 },
    );
  });

  test('is exact up to 999, and 1,000 from there on', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const room = await world.room([
      [ada, 'CUSTOMER'],
      [ben, 'RIDER'],
    ]);
    const fill = (upTo: number) =>
      world.sql(
        `with head as (select last_sequence as last from rooms where id = $1), said as (
           insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
           select $1, s, gen_random_uuid(), $2, 'TEXT', 'x', s, s from head, generate_series(head.last + 1, $3::int) s)
         update rooms set last_sequence = $3, revision = $3 where id = $1`,
        [room.id, ben.id, upTo],
      );
    const unread = async () => (await world.as(ada).get<{ unread: { total: number } }>('{ unread { total } }')).unread.total;
    await fill(1_000);
    expect(await unread()).toBe(999);
    await fill(3_000);
    expect(await unread()).toBe(1_000);
    expect((await listed(ada))[0]?.viewer.unreadCount).toBe(1_000);
    await world.act(ada, 'markRead', { roomId: room.id, upToSequence: 2_500 });
    expect(await unread()).toBe(500);
    await world.act(ada, 'markRead', { roomId: room.id, upToSequence: 100 });
    expect(await unread()).toBe(500);
  });
});
