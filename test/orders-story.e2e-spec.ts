import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliveryMachine } from '../src/deliveries/delivery.machine.js';
import { Delivery } from '../src/deliveries/delivery.entity.js';
import { Order } from '../src/orders/order.entity.js';
import { orderMachine } from '../src/orders/order.machine.js';
import { type Actor, judge, targetsOf } from '../src/transitions/machine/machine.js';
import { DETAILS, STOPS } from './support/orders.js';
import { type Person, World } from './support/world.js';

let world: World;
let people: Record<'CUSTOMER' | 'PHARMACY_STAFF' | 'RIDER' | 'SERVICE', Person>;
let eve: Person;

beforeAll(async () => {
  world = await World.start();
  const { ana, pia, rob } = await world.people('ana', 'pia', 'rob');
  people = { CUSTOMER: ana, PHARMACY_STAFF: pia, RIDER: rob, SERVICE: await world.person('Host', 'SERVICE') };
  eve = await world.person('eve');
});

afterAll(() => world.stop());

async function anOrder(): Promise<{ id: string; room: { id: string }; delivery: string }> {
  const input = { ...DETAILS, customerId: people.CUSTOMER.id, staffIds: [people.PHARMACY_STAFF.id] };
  const order = await world.do<{ id: string; room: { id: string } }>(people.SERVICE, 'placeOrder', input, 'id room { id }');
  const { id: delivery } = await world.do<{ id: string }>(people.SERVICE, 'createDelivery', { orderId: order.id, ...STOPS }, 'id');
  await world.act(people.SERVICE, 'assignRider', { deliveryId: delivery, riderId: people.RIDER.id });
  return { ...order, delivery };
}

describe('a walk at random', () => {
  type Role = keyof typeof people;
  const EVENTS = [
    ...new Set([...orderMachine.steps, ...deliveryMachine.steps].filter(({ from }) => from.length > 0).map(({ event }) => event)),
  ].filter((event) => !['assign', 'unassign'].includes(event));
  const isOf = (machine: { steps: readonly { event: string }[] }, event: string) => machine.steps.some((step) => step.event === event);

  /** What the tables say would happen, told by nothing but the tables and the two rules between them. */
  class Model {
    order = 'PLACED';
    delivery = 'ASSIGNED';
    steps = 3;

    take(of: 'order' | 'delivery', event: string, role: string): boolean {
      const machine = of === 'order' ? orderMachine : deliveryMachine;
      const row = of === 'order' ? new Order() : new Delivery();
      Object.assign(row, { status: this[of], version: 1, riderId: 'RIDER' });
      const actor = { source: 'USER', userId: role, role } as Actor;
      try {
        const step = judge(machine as typeof orderMachine, row as Order, actor, { event, reason: 'because' }, new Date());
        if (event === 'pick_up' && !['READY', 'OUT_FOR_DELIVERY'].includes(this.order)) return false;
        this[of] = targetsOf(step)[0]!;
        this.steps++;
      } catch {
        return false;
      }
      if (event === 'pick_up' && this.order === 'READY') this.take('order', 'dispatch', 'SYSTEM');
      if (of === 'delivery' && event === 'deliver' && this.order === 'OUT_FOR_DELIVERY') this.take('order', 'deliver', 'SYSTEM');
      if (of === 'order' && ['CANCELED', 'REJECTED'].includes(this.order)) this.take('delivery', 'cancel', 'SYSTEM');
      return true;
    }
  }

  async function ask(order: { id: string; delivery: string }, of: 'order' | 'delivery', event: string, role: Role): Promise<string> {
    const input = { reason: 'because', ...(of === 'order' ? { orderId: order.id } : { deliveryId: order.delivery }) };
    if (of === 'order') return world.refusal(people[role], 'updateOrderStatus', { ...input, event });
    if (event === 'deliver') return world.refusal(people[role], 'confirmDelivery', { ...input, proof: { pinOk: true } });
    return world.refusal(people[role], 'updateDeliveryStatus', { ...input, event });
  }

  test('leads where the tables lead, and each step has its one message', async () => {
    const step = fc.record({
      event: fc.constantFrom(...EVENTS),
      role: fc.constantFrom<Role>('CUSTOMER', 'PHARMACY_STAFF', 'RIDER', 'SERVICE', 'SERVICE'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (walk) => {
        const [order, model] = [await anOrder(), new Model()];
        for (const { event, role } of walk) {
          const both = isOf(orderMachine, event) && isOf(deliveryMachine, event);
          const of = isOf(orderMachine, event) && (!both || role !== 'RIDER') ? 'order' : 'delivery';
          const expected = model.take(of, event, role);
          expect([event, role, (await ask(order, of, event, role)) === 'OK']).toEqual([event, role, expected]);
        }
        expect(
          await world.sql(
            'select o.status as "order", d.status as delivery from orders o join deliveries d on d.order_id = o.id where o.id = $1',
            [order.id],
          ),
        ).toEqual([{ order: model.order, delivery: model.delivery }]);
        const told = await world.sql(
          `select count(*) filter (where t.message_id = m.id)::int as told, count(*)::int as said, (select count(*)::int from transitions where room_id = $1) as steps
           from messages m left join transitions t on t.message_id = m.id where m.room_id = $1 and m.kind in ('ORDER_UPDATE', 'DELIVERY_UPDATE')`,
          [order.room.id],
        );
        expect(told).toEqual([{ told: model.steps, said: model.steps, steps: model.steps }]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the story of an order', () => {
  const exported = (who: Person | null, id: string) =>
    fetch(`${world.nodes[0]!.url}/orders/${id}/timeline.jsonl`, { headers: who ? { authorization: `Bearer ${who.token}` } : {} });
  const linesOf = async (who: Person, id: string) =>
    (await (await exported(who, id)).text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown> & { sequence: number });

  test('is what was said and what was done, page by page', async () => {
    const order = await anOrder();
    await world.send({ ...order.room, code: '' }, people.CUSTOMER, 'Is it ready?');
    type Page = {
      order: {
        timeline: {
          nodes: { sequence: number; message: { content: string }; transition: { event: string } | null }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      };
    };
    const entries: Page['order']['timeline']['nodes'] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: Page = await world
        .as(people.PHARMACY_STAFF)
        .get<Page>(
          'query ($id: ID!, $after: String) { order(id: $id) { timeline(first: 2, after: $after) { nodes { sequence at message { content } transition { event } } pageInfo { hasNextPage endCursor } } } }',
          { id: order.id, after },
        );
      entries.push(...page.order.timeline.nodes);
      ({ hasNextPage: more, endCursor: after } = page.order.timeline.pageInfo);
    }
    expect(entries.map(({ message, transition }) => transition?.event ?? message.content)).toEqual([
      ...['Host opened the room', 'place', 'create', 'rob was added', 'assign', 'Is it ready?'],
    ]);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('leaves as JSON Lines: one for each message, tombstones as such, steps with who made them', async () => {
    const order = await anOrder();
    const room = { ...order.room, code: '' };
    const wrong = await world.send(room, people.CUSTOMER, 'My door code is 4711');
    await world.act(people.CUSTOMER, 'deleteMessage', { roomId: room.id, messageId: wrong.id });
    const answer = await exported(people.CUSTOMER, order.id);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      ...[200, 'application/x-ndjson; charset=utf-8', `attachment; filename="order-${order.id}.jsonl"`],
    ]);
    const lines = await linesOf(people.CUSTOMER, order.id);
    expect(lines.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(lines[1]).toEqual({
      sequence: 2,
      at: expect.any(String),
      id: expect.any(String),
      kind: 'ORDER_UPDATE',
      sender: null,
      content: expect.stringContaining('Host placed order'),
      metadata: expect.objectContaining({ aggregate: 'order', event: 'place' }),
      replyToId: null,
      editedAt: null,
      deletedAt: null,
      transition: {
        id: expect.any(String),
        aggregate: 'order',
        aggregateId: order.id,
        version: 1,
        event: 'place',
        from: null,
        to: 'PLACED',
        actor: { id: people.SERVICE.id, name: 'Host' },
        role: 'SERVICE',
        source: 'SERVICE',
        reason: null,
      },
    });
    expect(lines[5]).toMatchObject({ sender: { id: people.CUSTOMER.id, name: 'ana' }, content: null, metadata: null, transition: null });
    expect(lines[5]!['deletedAt']).not.toBeNull();
  });

  test('goes through many pages, and begins behind the horizon of whoever cleared their history', async () => {
    const order = await anOrder();
    await world.sql(
      `insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
       select $1, n, gen_random_uuid(), $2, 'TEXT', 'message ' || n, n, n from generate_series(6, 1005) n`,
      [order.room.id, people.CUSTOMER.id],
    );
    await world.sql('update rooms set last_sequence = 1005, revision = 1005 where id = $1', [order.room.id]);
    const all = await linesOf(people.PHARMACY_STAFF, order.id);
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1005 }, (_, at) => at + 1));
    await world.act(people.CUSTOMER, 'clearHistory', { roomId: order.room.id });
    await world.send({ ...order.room, code: '' }, people.CUSTOMER, 'Fresh');
    expect((await linesOf(people.CUSTOMER, order.id)).map(({ content }) => content)).toEqual(['Fresh']);
  });

  test('is for those in the room: to everybody else there is no such order', async () => {
    const order = await anOrder();
    const answerOf = async (who: Person | null, id: string) => {
      const answer = await exported(who, id);
      return `${answer.status} ${await answer.text()}`;
    };
    const nowhere = await answerOf(eve, '0190a000-0000-7000-8000-000000000000');
    expect(nowhere).toMatch(/^404 .*NOT_FOUND/);
    expect(await answerOf(eve, order.id)).toBe(nowhere);
    expect(await answerOf(eve, 'no-id')).toBe(nowhere);
    expect(await answerOf(null, order.id)).toMatch(/^401 .*UNAUTHENTICATED/);
    await world.act(people.SERVICE, 'removeParticipant', { roomId: order.room.id, userId: people.PHARMACY_STAFF.id });
    expect(await answerOf(people.PHARMACY_STAFF, order.id)).toBe(nowhere);
  });
});
