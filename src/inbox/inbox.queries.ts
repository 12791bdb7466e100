import { type Connection, run } from '../database/sql.js';

const SEATS = {
  name: 'inbox_seats',
  text: `select p.room_id, r.revision from participants p join rooms r on r.id = p.room_id
    where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and r.status <> 'ARCHIVED'`,
};

/** The rooms that somebody's inbox watches from the start, and how far each has come. */
export async function seatsOf(connection: Connection, userId: string): Promise<{ roomId: string; revision: number }[]> {
  const rows = await run<{ room_id: string; revision: number }>(connection, SEATS, [userId]);
  return rows.map((row) => ({ roomId: row.room_id, revision: row.revision }));
}

const TAKEN_SINCE = {
  name: 'inbox_taken_since',
  text: `select distinct room_id from participants where user_id = any($1) and status in ('ACTIVE', 'MUTED') and joined_at > $2`,
};

/** Rooms that one of these people entered lately. */
export async function roomsEnteredSince(connection: Connection, userIds: readonly string[], since: Date): Promise<string[]> {
  return (await run<{ room_id: string }>(connection, TAKEN_SINCE, [userIds, since])).map((row) => row.room_id);
}
