import type { EntityManager } from 'typeorm';
import { run } from '../database/sql.js';

const DRIVES = {
  name: 'drives_now',
  text: `select exists (select from orders o join deliveries d on d.order_id = o.id
    where o.room_id = $1 and d.rider_id = $2 and d.status not in ('DELIVERED', 'RETURNED', 'CANCELED')
      and o.status not in ('DELIVERED', 'COMPLETED', 'RETURNED', 'REJECTED', 'CANCELED')) as drives`,
};

/** Whether somebody has a delivery of this room's order at the moment. Of what has arrived, or came back, nobody has one any more. */
export async function drivesNow(manager: EntityManager, roomId: string, riderId: string): Promise<boolean> {
  const [row] = await run<{ drives: boolean }>(manager, DRIVES, [roomId, riderId]);
  return row?.drives ?? false;
}

const LIVE = {
  name: 'live_delivery',
  text: `select id, rider_id from deliveries where order_id = $1 and status not in ('DELIVERED', 'RETURNED', 'CANCELED')`,
};

/** The delivery that is under way; there is one at the most. */
export async function liveDelivery(manager: EntityManager, orderId: string): Promise<{ id: string; riderId: string | null } | null> {
  const [row] = await run<{ id: string; rider_id: string | null }>(manager, LIVE, [orderId]);
  return row ? { id: row.id, riderId: row.rider_id } : null;
}
