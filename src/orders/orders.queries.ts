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
