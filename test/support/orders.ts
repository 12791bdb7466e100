import { newId } from '../../src/common/values/ids.js';
import { Delivery } from '../../src/deliveries/delivery.entity.js';
import { Order } from '../../src/orders/order.entity.js';
import { ParticipantRole } from '../../src/policy/roles.js';
import type { Person, World } from './world.js';

export const DETAILS = { items: [{ name: 'Amoxicillin 500 mg', quantity: 2, unitMinor: 450 }], totalMinor: 900, currency: 'EUR' };
export const STOPS = { pickup: { address: '1 Main Street' }, dropoff: { address: '2 Side Street', name: 'Ana' } };

/** Somebody for each of these roles of a room, and the host. */
export async function peopleByRole(world: World, roles: string[]): Promise<Record<string, Person>> {
  const people = await Promise.all(roles.map(async (role) => [role, await world.person(role)] as const));
  return { ...Object.fromEntries(people), SERVICE: await world.person('Host', 'SERVICE') };
}

/** What a room of any kind is about, straight in the tables: an order, and its delivery. */
export async function anOrderIn(
  world: World,
  roomId: string,
  customerId: string,
  text: string,
): Promise<{ order: string; delivery: string }> {
  const [order, delivery] = [newId(), newId()];
  await world.sql(
    `insert into orders (id, room_id, status, number, customer_id, provider_org_id, provider_name, items, total_minor, currency, external_ref)
     values ($1, $2, 'READY', $4, $3, $4, $4, $5, 900, 'EUR', $4)`,
    [order, roomId, customerId, text, JSON.stringify([{ name: text, quantity: 1 }])],
  );
  await world.sql(
    `insert into deliveries (id, room_id, status, order_id, pickup, dropoff, provider, external_ref) values ($1, $2, 'UNASSIGNED', $3, $5, $5, $4, $4)`,
    [delivery, roomId, order, text, { address: text, notes: text }],
  );
  return { order, delivery };
}

/** Orders in this state, each in a room of its own with these people; straight in the tables. */
export async function makeOrders(world: World, people: Record<string, Person>, status: string, count: number): Promise<Order[]> {
  const orders = Array.from({ length: count }, () => Object.assign(new Order(), { id: newId(), roomId: newId() }));
  const ids = orders.map(({ id }) => id);
  const rooms = orders.map(({ roomId }) => roomId);
  const seats = Object.entries(people).filter(([role]) => role in ParticipantRole);
  await world.sql(
    `insert into rooms (id, code, kind, status, title, participant_count)
     select id, 'ORD-' || upper(right(id::text, 12)), 'ORDER', 'OPEN', 'An order', $2 from unnest($1::uuid[]) as room(id)`,
    [rooms, seats.length],
  );
  await world.sql(
    `insert into participants (room_id, user_id, role, status)
     select room, person, role, 'ACTIVE' from unnest($1::uuid[]) room, unnest($2::uuid[], $3::text[]) as seat(person, role)`,
    [rooms, seats.map(([, { id }]) => id), seats.map(([role]) => role)],
  );
  await world.sql(
    `insert into orders (id, room_id, status, number, customer_id, total_minor, currency)
     select id, room, $3, '1042', $4, 900, 'EUR' from unnest($1::uuid[], $2::uuid[]) as one(id, room)`,
    [ids, rooms, status, people['CUSTOMER']!.id],
  );
  return orders;
}

/** Deliveries in this state, each of an order in that one; whoever is RIDER has them. */
export async function makeDeliveries(
  world: World,
  people: Record<string, Person>,
  status: string,
  orderStatus: string,
  count: number,
): Promise<Delivery[]> {
  const orders = await makeOrders(world, people, orderStatus, count);
  const deliveries = orders.map(({ id, roomId }) => Object.assign(new Delivery(), { id: newId(), roomId, orderId: id }));
  await world.sql(
    `insert into deliveries (id, room_id, status, order_id, rider_id, pickup, dropoff)
     select id, room, $4, "order", case when $4 = 'UNASSIGNED' then null else $5::uuid end, $6, $6
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as one(id, room, "order")`,
    [
      deliveries.map(({ id }) => id),
      orders.map(({ roomId }) => roomId),
      orders.map(({ id }) => id),
      status,
      people['RIDER']!.id,
      STOPS.pickup,
    ],
  );
  return deliveries;
}
