import type { EntityManager } from 'typeorm';
import { badInput } from '../../common/errors/errors.js';
import { isId } from '../../common/values/ids.js';
import { type Connection, run } from '../../database/sql.js';
import type { ParticipantRole, ParticipantStatus } from '../../policy/roles.js';
import { Participant } from './participant.entity.js';

interface ParticipantRow {
  room_id: string;
  user_id: string;
  role: ParticipantRole;
  status: ParticipantStatus;
  muted_until: Date | null;
  last_read_sequence: number;
  last_delivered_sequence: number;
  unread_after_sequence: number | null;
  history_from_sequence: number;
  notification_preferences: Record<string, unknown>;
  joined_at: Date;
  left_at: Date | null;
  left_reason: string | null;
  is_reading_hidden: boolean;
}

/** The columns of a `ParticipantRow`. */
const COLUMNS = 'participants.*, (select u.is_reading_hidden from users u where u.id = participants.user_id) as is_reading_hidden';

/** As everybody sees them, unless it is for themselves. */
const toParticipant = (row: ParticipantRow, isForThemselves = false): Participant =>
  Object.assign(new Participant(), {
    roomId: row.room_id,
    userId: row.user_id,
    role: row.role,
    status: row.status,
    mutedUntil: row.status === 'MUTED' ? row.muted_until : null,
    lastReadSequence: row.is_reading_hidden && !isForThemselves ? 0 : row.last_read_sequence,
    lastDeliveredSequence: row.last_delivered_sequence,
    unreadAfterSequence: row.unread_after_sequence,
    historyFromSequence: row.history_from_sequence,
    notificationPreferences: row.notification_preferences,
    joinedAt: row.joined_at,
    leftAt: row.left_at,
    leftReason: row.left_reason,
  });

const FIND = { name: 'participant', text: `select ${COLUMNS} from participants where room_id = $1 and user_id = $2` };

export async function findParticipant(connection: Connection, roomId: string, userId: string): Promise<Participant | null> {
  if (!isId(userId)) return null;
  const [row] = await run<ParticipantRow>(connection, FIND, [roomId, userId]);
  return row ? toParticipant(row) : null;
}

/** Somebody's own seat, with what they hide from the others. */
export async function findOwnSeat(connection: Connection, roomId: string, userId: string): Promise<Participant | null> {
  const [row] = await run<ParticipantRow>(connection, FIND, [roomId, userId]);
  return row ? toParticipant(row, true) : null;
}

/** Everybody of many rooms in one statement, in the order in which they joined. */
export async function participantsOf(connection: Connection, roomIds: readonly string[]): Promise<Participant[]> {
  const rows = await run<ParticipantRow>(
    connection,
    { name: 'participants_of', text: `select ${COLUMNS} from participants where room_id = any($1) order by joined_at, user_id` },
    [roomIds],
  );
  return rows.map((row) => toParticipant(row));
}

/**
 * A new person takes a seat; somebody who was here before takes their old one, with their read position. For the new one what was
 * said earlier is history, not unread, and ticks under it stay what they were. Nobody gets rid of a mute by leaving.
 */
const SEAT = {
  name: 'seat',
  text: `
insert into participants (room_id, user_id, role, history_from_sequence, last_read_sequence, last_delivered_sequence)
select r.id, $2, $3, case when $4 then 0 else r.last_sequence end, r.last_sequence, r.last_sequence
from rooms r where r.id = $1
on conflict (room_id, user_id) do update set role = excluded.role, joined_at = now(), left_at = null, left_reason = null,
  status = case when participants.muted_until > now() then 'MUTED' else 'ACTIVE' end,
  muted_until = case when participants.muted_until > now() and participants.muted_until < 'infinity' then participants.muted_until end, history_from_sequence = greatest(participants.history_from_sequence, excluded.history_from_sequence)
returning ${COLUMNS}`,
};

export async function seat(
  manager: EntityManager,
  roomId: string,
  person: { userId: string; role: ParticipantRole; shareHistory: boolean },
): Promise<Participant> {
  const [row] = await run<ParticipantRow>(manager, SEAT, [roomId, person.userId, person.role, person.shareHistory]);
  if (!row) throw new Error(`room ${roomId} vanished under its lock`);
  return toParticipant(row);
}

const SET_STATUS = {
  name: 'set_participant_status',
  text: `
update participants set status = $3, left_reason = $5,
  muted_until = case when $3 = 'LEFT' and status = 'MUTED' then coalesce(muted_until, 'infinity') else $4 end,
  left_at = case when $3 in ('LEFT', 'BLOCKED') then now() end
where room_id = $1 and user_id = $2 returning ${COLUMNS}`,
};

export async function setStatus(
  manager: EntityManager,
  participant: Participant,
  status: ParticipantStatus,
  details: { mutedUntil?: Date; reason?: string } = {},
): Promise<Participant> {
  const values = [participant.roomId, participant.userId, status, details.mutedUntil ?? null, details.reason ?? null];
  const [row] = await run<ParticipantRow>(manager, SET_STATUS, values);
  return row ? toParticipant(row) : participant;
}

export async function setRole(manager: EntityManager, participant: Participant, role: ParticipantRole): Promise<Participant> {
  const [row] = await run<ParticipantRow>(
    manager,
    { name: 'set_participant_role', text: `update participants set role = $3 where room_id = $1 and user_id = $2 returning ${COLUMNS}` },
    [participant.roomId, participant.userId, role],
  );
  return row ? toParticipant(row) : participant;
}

const FREE_SEATS = {
  name: 'free_seats',
  text: `select r.max_participants - count(p.user_id) as free from rooms r
    left join participants p on p.room_id = r.id and p.status in ('ACTIVE', 'MUTED') where r.id = $1 group by r.id`,
};

/** Under the room's lock, so that it stays true until the commit. */
export async function freeSeats(manager: EntityManager, roomId: string): Promise<number> {
  const [row] = await run<{ free: number }>(manager, FREE_SEATS, [roomId]);
  return row?.free ?? 0;
}

const NAMES = { name: 'names', text: 'select id, display_name, is_active from users where id = any($1)' };

const findNames = (connection: Connection, userIds: readonly string[]) =>
  run<{ id: string; display_name: string; is_active: boolean }>(connection, NAMES, [userIds]);

/** Also of those who were deactivated: they can still be removed. */
export async function namesOf(connection: Connection, userIds: readonly string[]): Promise<Map<string, string>> {
  return new Map((await findNames(connection, userIds)).map((row) => [row.id, row.display_name]));
}

/** The names of people who can be put into a room. @throws BAD_USER_INPUT when one of them does not exist or was deactivated */
export async function activePeople(connection: Connection, userIds: readonly string[], field: string): Promise<Map<string, string>> {
  const rows = userIds.every(isId) ? await findNames(connection, userIds) : [];
  const names = new Map(rows.filter((row) => row.is_active).map((row) => [row.id, row.display_name]));
  if (userIds.some((id) => !names.has(id.toLowerCase()))) throw badInput(field, 'There is no such person');
  return names;
}
