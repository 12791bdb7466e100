import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../database/sql.js';
import type { OrderStatus } from './order.entity.js';

const MINE = {
  name: 'my_orders',
  text: `
select o.id from participants p join rooms r on r.id = p.room_id join orders o on o.room_id = p.room_id
where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null
  and ($2::text[] is null or o.status = any($2)) and ($3::text is null or o.number = $3) and ($4::uuid is null or o.id < $4)
order by o.id desc limit $5`,
};

/** Ids of the orders of the rooms that somebody is in, the newest first: ids ascend in time. */
export async function myOrders(
  connection: Connection,
  userId: string,
  filter: { status?: OrderStatus[] | null; number?: string | null },
  after: string | null,
  limit: number,
): Promise<string[]> {
  const values = [userId, filter.status ?? null, filter.number ?? null, after, limit];
  return (await run<{ id: string }>(connection, MINE, values)).map(({ id }) => id);
}

const DRIVES = {
  name: 'drives_now',
  text: `select exists (select from orders o join deliveries d on d.order_id = o.id
    where o.room_id = $1 and d.rider_id = $2 and d.status not in ('DELIVERED', 'RETURNED', 'CANCELED')) as drives`,
};

/** Whether somebody has a delivery of this room's order at the moment. */
export async function drivesNow(manager: EntityManager, roomId: string, riderId: string): Promise<boolean> {
  const [row] = await run<{ drives: boolean }>(manager, DRIVES, [roomId, riderId]);
  return row?.drives ?? false;
}

const LIVE = {
  name: 'live_delivery',
  text: `select id from deliveries where order_id = $1 and status not in ('DELIVERED', 'RETURNED', 'CANCELED')`,
};

/** The delivery that is under way; there is one at the most. */
export async function liveDelivery(manager: EntityManager, orderId: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(manager, LIVE, [orderId]);
  return row?.id ?? null;
}
