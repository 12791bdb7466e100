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

/** A room as an inbox knows it. */
export interface KnownSeat {
  roomId: string;
  userId: string;
  revision: number;
  lastReadSequence: number | null;
}

const MISSED = {
  name: 'inbox_missed',
  text: `
with seat as materialized (
  select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) as seat(room_id, user_id, revision, last_read_sequence)
)
select seat.room_id from seat join rooms r on r.id = seat.room_id
left join participants p on p.room_id = seat.room_id and p.user_id = seat.user_id
where r.revision <> seat.revision or p.last_read_sequence is distinct from seat.last_read_sequence
union
select p.room_id from participants p
where p.user_id = any($5) and p.status in ('ACTIVE', 'MUTED') and p.joined_at > $6
  and not exists (select 1 from seat where seat.room_id = p.room_id and seat.user_id = p.user_id)`,
};

/** Rooms that are not as these inboxes know them, and those that one of the people entered lately. */
export async function roomsMissed(
  connection: Connection,
  seats: readonly KnownSeat[],
  userIds: readonly string[],
  enteredSince: Date,
): Promise<string[]> {
  const column = <Key extends keyof KnownSeat>(key: Key) => seats.map((seat) => seat[key]);
  const values = [column('roomId'), column('userId'), column('revision'), column('lastReadSequence'), userIds, enteredSince];
  return (await run<{ room_id: string }>(connection, MISSED, values)).map((row) => row.room_id);
}
