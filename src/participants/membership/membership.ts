import { notFound, ParleyError } from '../../common/errors/errors.js';
import { type Connection, run } from '../../database/sql.js';
import { type Action, type ActingRole, type Actor, allowedActions, refusal, type Subject, visitingRole } from '../../policy/policy.js';
import type { ParticipantRole, ParticipantStatus, PlatformRole, RoomStatus } from '../../policy/roles.js';

/** Somebody's standing in a room, as far as permissions need it. Who has left or is blocked has none. */
export class Membership {
  constructor(
    readonly roomId: string,
    readonly userId: string,
    readonly role: ActingRole,
    readonly platformRole: PlatformRole,
    readonly roomStatus: RoomStatus,
    /** Messages up to this sequence are hidden from them. */
    readonly horizon: number,
    /** Platform staff looking in, without a seat. */
    readonly isVisitor: boolean,
    private readonly mute: { until: Date | null } | null,
  ) {}

  /** @throws the code of policy.ts that says why not */
  require(action: Action, subject?: Subject): void {
    const code = refusal(this.actor(), action, subject);
    if (code === 'ILLEGAL_TRANSITION')
      throw new ParleyError(code, undefined, { from: this.roomStatus, event: action, allowed: this.lifecycleSteps() });
    if (code) throw new ParleyError(code);
  }

  may(action: Action, subject?: Subject): boolean {
    return !refusal(this.actor(), action, subject);
  }

  actions(): Action[] {
    return allowedActions(this.actor());
  }

  private actor(): Actor {
    const isMuted = this.mute !== null && (this.mute.until === null || this.mute.until > new Date());
    return { userId: this.userId, role: this.role, isMuted, roomStatus: this.roomStatus };
  }

  private lifecycleSteps(): Action[] {
    return this.actions().filter((action) => ['room.close', 'room.reopen', 'room.archive'].includes(action));
  }
}

export interface MembershipRow {
  room_id: string;
  room_status: RoomStatus;
  is_sensitive: boolean;
  role: ParticipantRole | null;
  status: ParticipantStatus | null;
  muted_until: Date | null;
  history_from_sequence: number | null;
}

export interface Person {
  userId: string;
  platformRole: PlatformRole;
}

/** Null for whom the room might as well not exist. */
export function toMembership(row: MembershipRow, person: Person): Membership | null {
  const isInside = row.role !== null && (row.status === 'ACTIVE' || row.status === 'MUTED');
  const role = isInside ? row.role : row.status === 'BLOCKED' ? null : visitingRole(person.platformRole, { isSensitive: row.is_sensitive });
  if (!role) return null;
  const mute = row.status === 'MUTED' ? { until: row.muted_until } : null;
  const horizon = isInside ? (row.history_from_sequence ?? 0) : 0;
  return new Membership(row.room_id, person.userId, role, person.platformRole, row.room_status, horizon, !isInside, mute);
}

const COLUMNS = 'r.id as room_id, r.status as room_status, r.is_sensitive, p.role, p.status, p.muted_until, p.history_from_sequence';
const FROM = 'rooms r left join participants p on p.room_id = r.id and p.user_id = $2';
const BY_ID = { name: 'membership', text: `select ${COLUMNS} from ${FROM} where r.id = $1 and r.deleted_at is null` };
const BY_IDS = { name: 'memberships', text: `select ${COLUMNS} from ${FROM} where r.id = any($1) and r.deleted_at is null` };
const BY_CODE = { name: 'membership_by_code', text: `select ${COLUMNS} from ${FROM} where r.code = $1 and r.deleted_at is null` };
const LOCK_ROOM = { name: 'lock_room', text: 'select id from rooms where id = $1 for no key update' };

export async function findMembership(
  connection: Connection,
  room: { id: string } | { code: string },
  person: Person,
): Promise<Membership | null> {
  const [row] =
    'id' in room
      ? await run<MembershipRow>(connection, BY_ID, [room.id, person.userId])
      : await run<MembershipRow>(connection, BY_CODE, [room.code, person.userId]);
  return row ? toMembership(row, person) : null;
}

/** The same for many rooms; those that might as well not exist are left out. */
export async function findMemberships(connection: Connection, roomIds: readonly string[], person: Person): Promise<Membership[]> {
  const rows = await run<MembershipRow>(connection, BY_IDS, [roomIds, person.userId]);
  return rows.flatMap((row) => toMembership(row, person) ?? []);
}

/** Before anything in the room; until the end of the transaction. @throws NOT_FOUND for a room that is gone */
export async function lockRoom(connection: Connection, roomId: string): Promise<void> {
  if ((await run(connection, LOCK_ROOM, [roomId])).length === 0) throw notFound();
}

/**
 * The first step of every change to a room: locks it, then reads the membership as it is under the lock, so that what is judged
 * cannot change before the commit.
 *
 * @throws NOT_FOUND, and what `policy.ts` answers
 */
export async function enterRoom(connection: Connection, roomId: string, person: Person, action: Action): Promise<Membership> {
  await lockRoom(connection, roomId);
  const membership = await findMembership(connection, { id: roomId }, person);
  if (!membership) throw notFound();
  membership.require(action);
  return membership;
}
