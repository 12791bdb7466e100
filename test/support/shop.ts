import { type Message, type Person, type World } from './world.js';
import { DETAILS, STOPS } from './orders.js';

export interface Order {
  id: string;
  status: string;
  version: number;
  room: { id: string; title: string; kind: string; status: string };
  [field: string]: unknown;
}

export interface Delivery {
  id: string;
  status: string;
  version: number;
  [field: string]: unknown;
}

export const ORDER = 'id number status version room { id title kind status }';
const DELIVERY = 'id status version attempts';
/** Who is in the story: the customer, the pharmacist, a rider, the host. */
export interface Cast {
  world: World;
  ana: Person;
  pia: Person;
  rob: Person;
  host: Person;
}

/** What happens around orders, as the tests say it. */
export function shopOf(cast: () => Cast) {
  const plan = (more: object = {}) => ({
    ...DETAILS,
    customerId: cast().ana.id,
    number: '1042',
    providerName: 'Pharmacy X',
    staffIds: [cast().pia.id],
    ...more,
  });
  const place = (more: object = {}) => cast().world.do<Order>(cast().host, 'placeOrder', plan(more), ORDER);
  const step = (who: Person, order: Order, event: string, more: object = {}) =>
    cast().world.do<Order>(who, 'updateOrderStatus', { orderId: order.id, event, ...more }, ORDER);
  const plannedFor = (order: Order, more: object = {}) =>
    cast().world.do<Delivery>(cast().pia, 'createDelivery', { orderId: order.id, ...STOPS, ...more }, DELIVERY);
  const assign = (delivery: Delivery, rider: Person, who = cast().pia) =>
    cast().world.do<Delivery>(who, 'assignRider', { deliveryId: delivery.id, riderId: rider.id }, DELIVERY);
  const ride = (who: Person, delivery: Delivery, event: string, more: object = {}) =>
    cast().world.do<Delivery>(who, 'updateDeliveryStatus', { deliveryId: delivery.id, event, ...more }, DELIVERY);
  const confirm = (who: Person, delivery: Delivery, proof?: object) =>
    cast().world.do<Delivery>(who, 'confirmDelivery', { deliveryId: delivery.id, ...(proof && { proof }) }, DELIVERY);

  async function orderAs(who: Person, order: Order, fields: string): Promise<Record<string, never>> {
    return (
      await cast()
        .world.as(who)
        .get<{ order: Record<string, never> }>(`query ($id: ID!) { order(id: $id) { ${fields} } }`, { id: order.id })
    ).order;
  }

  async function messagesOf(order: Order, kind?: string): Promise<Message[]> {
    const rows = await cast().world.sql<Message>(
      'select sequence, kind, content, metadata from messages where room_id = $1 order by sequence',
      [order.room.id],
    );
    return kind ? rows.filter((row) => row.kind === kind) : rows;
  }

  const seatsOf = async (order: Order) => {
    const rows = await cast().world.sql<{ user_id: string; role: string }>(
      `select user_id, role from participants where room_id = $1 and status in ('ACTIVE', 'MUTED')`,
      [order.room.id],
    );
    return new Map(rows.map((row) => [row.user_id, row.role]));
  };

  /** An order that is packed, and a delivery that a rider has. */
  async function onTheWay(): Promise<{ order: Order; delivery: Delivery }> {
    const order = await place();
    for (const event of ['accept', 'start', 'ready']) await step(cast().pia, order, event);
    const delivery = await plannedFor(order);
    await assign(delivery, cast().rob);
    return { order, delivery };
  }

  async function delivered(): Promise<{ order: Order; delivery: Delivery }> {
    const way = await onTheWay();
    for (const event of ['head_to_pickup', 'arrive_at_pickup', 'pick_up', 'head_to_dropoff', 'arrive_at_dropoff']) {
      await ride(cast().rob, way.delivery, event);
    }
    await confirm(cast().rob, way.delivery, { photoId: 'photo-1' });
    return way;
  }

  return { plan, place, step, plannedFor, assign, ride, confirm, orderAs, messagesOf, seatsOf, onTheWay, delivered };
}
