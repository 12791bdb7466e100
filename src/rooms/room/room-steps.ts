import type { EntityManager } from 'typeorm';
import { ParleyError } from '../../common/errors/errors.js';
import { newId, newRoomCode } from '../../common/values/ids.js';
import { run } from '../../database/sql.js';
import { activePeople, namesOf, seat } from '../../participants/seats/participants.queries.js';
import { recount } from '../../participants/seats/recount.js';
import type { Action } from '../../policy/policy.js';
import { type ParticipantRole, type RoomStatus } from '../../policy/roles.js';
import { noticeDraft, type NoticeEvent, type Words } from '../../timeline/log/notice.js';
import type { TimelineTransaction } from '../../timeline/timeline.service.js';
import type { ThingWords, TitleWords } from '../../wording/titles.js';
import type { RoomKind, RoomVisibility } from './room.entity.js';
import { insertRoom } from './rooms.queries.js';

const PREFIX: Record<RoomKind, string> = {
  DIRECT: 'DIR',
  GROUP: 'GRP',
  ORDER: 'ORD',
  JOB: 'JOB',
  APPOINTMENT: 'APT',
  FACILITY: 'FAC',
  SUPPORT: 'SUP',
};

const SET_STATUS = {
  name: 'set_room_status',
  text: `update rooms set status = $2, closed_by = case when $2 <> 'OPEN' then $3::uuid end where id = $1`,
};
const SET_TITLE_WORDS = { name: 'set_title_words', text: 'update rooms set title_words = $2 where id = $1' };
const STATUS = { name: 'room_status', text: 'select status from rooms where id = $1' };
const HOLD = { name: 'hold_room', text: 'update rooms set hold_count = hold_count + $2 where id = $1' };
const HELD = { name: 'held_room', text: 'select 1 as held from rooms where id = $1 and hold_count > 0' };
const EVENTS: Record<RoomStatus, { event: NoticeEvent; verb: string }> = {
  OPEN: { event: 'room.reopened', verb: 'reopened' },
  CLOSED: { event: 'room.closed', verb: 'closed' },
  ARCHIVED: { event: 'room.archived', verb: 'archived' },
};

export interface RoomPlan {
  kind: RoomKind;
  visibility: RoomVisibility;
  /** As somebody has chosen it, or what it is made from; null: from the people. */
  title: string | TitleWords | null;
  maxParticipants: number;
  isSensitive: boolean;
  /** Under which the room is found again; a second one with the same is not opened. */
  pairKey: string | null;
  people: { userId: string; role: ParticipantRole }[];
}

/** A new room with its first notice; null where there is one with this key. @throws BAD_USER_INPUT (no such person) */
export async function openRoom(tx: TimelineTransaction, plan: RoomPlan, by: string | null): Promise<string | null> {
  const { people, ...settings } = plan;
  await activePeople(
    tx.manager,
    people.map((person) => person.userId),
    'input.userId',
  );
  const room = { ...settings, id: newId(), code: newRoomCode(PREFIX[plan.kind]), createdBy: by };
  if (!(await insertRoom(tx.manager, room))) return null;
  for (const person of people) await seat(tx.manager, room.id, { ...person, shareHistory: true });
  await recount(tx.manager, room.id);
  const who = await nameOf(tx, by);
  const words = { who: by && who };
  await tx.append(noticeDraft(room.id, `${who} opened the room`, { event: 'room.created', actorId: by, words }));
  return room.id;
}

/**
 * Keeps what stands in the room, under its lock, until `releaseRoom`: nothing in it is deleted, and neither is the room. Holds count, so that
 * each of several reasons lasts as long as it does.
 */
export async function holdRoom(manager: EntityManager, roomId: string): Promise<void> {
  await run(manager, HOLD, [roomId, 1]);
}

export async function releaseRoom(manager: EntityManager, roomId: string): Promise<void> {
  await run(manager, HOLD, [roomId, -1]);
}

/** Under the room's lock. */
export const isHeld = async (manager: EntityManager, roomId: string): Promise<boolean> => (await run(manager, HELD, [roomId])).length > 0;

/** What a hold stands in the way of, whoever asks. */
export const REFUSED_WHILE_HELD: ReadonlySet<Action> = new Set<Action>(['message.delete', 'room.delete']);

/** Under the room's lock. @throws CONFLICT while something is to be kept */
export async function refuseWhileHeld(manager: EntityManager, roomId: string): Promise<void> {
  if (await isHeld(manager, roomId))
    throw new ParleyError('CONFLICT', 'A dispute is going on here: until it is over, nothing in this room is deleted');
}

/** Under the room's lock: what it is for has another name now, and so has the room, unless somebody has given it one of its own. */
export async function retitleRoom(tx: TimelineTransaction, roomId: string, titleWords: ThingWords, by: string | null): Promise<void> {
  await run(tx.manager, SET_TITLE_WORDS, [roomId, titleWords]);
  const title = await recount(tx.manager, roomId);
  if (title === null) return;
  const who = await nameOf(tx, by);
  const words: Words = { ...titleWords, who: by && who, variant: 'renamed', title };
  await tx.append(noticeDraft(roomId, `${who} renamed the room to "${title}"`, { event: 'room.updated', actorId: by, title, words }));
}

/** Under the room's lock; nothing happens where the status is this one already. */
export async function setRoomStatus(
  tx: TimelineTransaction,
  roomId: string,
  status: RoomStatus,
  by: string | null,
  reason?: string,
): Promise<void> {
  const [room] = await run<{ status: RoomStatus }>(tx.manager, STATUS, [roomId]);
  if (room?.status === status) return;
  await run(tx.manager, SET_STATUS, [roomId, status, by]);
  const { event, verb } = EVENTS[status];
  const who = await nameOf(tx, by);
  const notice = { event, actorId: by, ...(reason && { reason }), words: { who: by && who } };
  await tx.append(noticeDraft(roomId, `${who} ${verb} the room`, notice));
}

async function nameOf(tx: TimelineTransaction, userId: string | null): Promise<string> {
  if (!userId) return 'The system';
  return (await namesOf(tx.manager, [userId])).get(userId) ?? 'Somebody';
}
