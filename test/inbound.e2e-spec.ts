import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { aSender, type Kept, keptOf, post, type Sender, signed, signedByStripe, tell, untilMerged } from './support/inbound.js';
import { DETAILS } from './support/orders.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person, ana: Person, pia: Person;
let shop: Sender;

beforeAll(async () => {
  world = await World.start({}, 2);
  boss = await world.person('boss', 'ADMIN');
  ({ ana, pia } = await world.people('ana', 'pia'));
  shop = await aSender(world, boss);
});

afterAll(() => world.stop());
beforeEach(() => world.setTime(new Date()));

const place = (externalRef: string, more: object = {}) => ({
  type: 'order.place',
  data: { externalRef, customer: { externalId: ana.externalId }, staff: [{ id: pia.id }], ...DETAILS, ...more },
});
const orderOf = async (externalRef: string) => {
  const [row] = await world.sql<{ id: string; room_id: string; status: string; version: number; host_version: number | null }>(
    'select * from orders where external_ref = $1',
    [externalRef],
  );
  return row;
};
const lastKept = async (sender = shop): Promise<Kept> => (await keptOf(world, boss, sender)).at(-1)!;

describe('an event of the host', () => {
  test('brings an order into being with its room, and moves it, each with its message', async () => {
    const externalRef = randomUUID();
    expect(await tell(world, shop, place(externalRef))).toBe(202);
    await untilMerged(world);
    expect(await tell(world, shop, { type: 'order.accept', data: { externalRef } })).toBe(202);
    await untilMerged(world);
    const order = (await orderOf(externalRef))!;
    expect(order).toMatchObject({ status: 'CONFIRMED', version: 2 });
    const steps = await world.sql('select event, source, actor_role from transitions where aggregate_id = $1 order by version', [order.id]);
    expect(steps).toEqual([
      { event: 'place', source: 'WEBHOOK', actor_role: 'SERVICE' },
      { event: 'accept', source: 'WEBHOOK', actor_role: 'SERVICE' },
    ]);
    const { room } = await world
      .as(ana)
      .get<{ room: { messages: { nodes: { kind: string }[] } } }>('query ($id: ID!) { room(id: $id) { messages { nodes { kind } } } }', {
        id: order.room_id,
      });
    expect(room.messages.nodes.filter(({ kind }) => kind === 'ORDER_UPDATE')).toHaveLength(2);
    expect((await keptOf(world, boss, shop)).map(({ status }) => status)).toEqual(['PROCESSED', 'PROCESSED']);
  });

  test('that is sent again is answered and changes nothing', async () => {
    const externalRef = randomUUID();
    const id = randomUUID();
    expect(await tell(world, shop, place(externalRef), { id })).toBe(202);
    const again = await Promise.all(Array.from({ length: 20 }, (_, i) => tell(world, shop, place(externalRef), { id, node: i % 2 })));
    expect(new Set(again)).toEqual(new Set([200]));
    await untilMerged(world);
    expect(await tell(world, shop, place(externalRef))).toBe(202);
    await untilMerged(world);
    expect(await lastKept()).toMatchObject({ status: 'STALE', errorCode: 'STALE_VERSION' });
    expect((await orderOf(externalRef))!.version).toBe(1);
  });
});

describe('what nobody signed who may', () => {
  const body = JSON.stringify({ type: 'order.accept', timestamp: new Date().toISOString(), data: { externalRef: 'x' } });
  const count = async () => Number((await world.sql<{ count: string }>('select count(*) from inbound_events'))[0]!.count);
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const minutes = (by: number) => new Date(Date.now() + by * 60_000);

  test.each<[string, () => Promise<{ status: number }>]>([
    ['an unknown integration', () => post(world, { id: randomUUID(), secret: other }, signed(other, 'a', body), body)],
    ['an id that is none', () => post(world, { id: 'x', secret: other }, signed(other, 'a', body), body)],
    ['another secret', () => post(world, shop, signed(other, 'a', body), body)],
    ['no signature', () => post(world, shop, {}, body)],
    ['a changed byte', () => post(world, shop, signed(shop.secret, 'a', body), body.replace('"x"', '"y"'))],
    ['another id', () => post(world, shop, { ...signed(shop.secret, 'a', body), 'webhook-id': 'b' }, body)],
    ['a signature of six minutes ago', () => post(world, shop, signed(shop.secret, 'a', body, minutes(-6)), body)],
    ['a signature of a time to come', () => post(world, shop, signed(shop.secret, 'a', body, minutes(6)), body)],
    ['the other scheme', () => post(world, shop, signedByStripe(shop.secret, body), body)],
    ['bytes that are no text', () => post(world, shop, signed(shop.secret, 'a', '\ufffd'), Buffer.from([0xff]))],
    ['an empty body', () => post(world, shop, signed(shop.secret, 'a', body), '')],
  ])('%s is refused, and nothing is kept', async (_what, send) => {
    const before = await count();
    expect((await send()).status).toBe(401);
    expect(await count()).toBe(before);
  });
});
