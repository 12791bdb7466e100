import type { ErrorCode } from '../common/errors/errors.js';
import { ParticipantRole, PlatformRole, RoomStatus } from './roles.js';

/** A role in the table: a participant's, or that of platform staff who look into a room without being in it. */
export type ActingRole = keyof typeof ParticipantRole | 'VISITING_SUPPORT' | 'VISITING_ADMIN';

export interface Actor {
  userId: string;
  role: ActingRole;
  /** Muted at this moment; a mute that has run out is none. */
  isMuted: boolean;
  roomStatus: RoomStatus;
}

/** What is acted upon. Without an owner the question is "may you do this at all, to your own?". */
export interface Subject {
  ownerId?: string | null;
}

type Rule = (actor: Actor, subject: Subject) => boolean;

const always: Rule = () => true;
const whileOpen: Rule = (actor) => actor.roomStatus === RoomStatus.OPEN;
const whileClosed: Rule = (actor) => actor.roomStatus === RoomStatus.CLOSED;
const unlessArchived: Rule = (actor) => actor.roomStatus !== RoomStatus.ARCHIVED;
const unlessOpen: Rule = (actor) => actor.roomStatus !== RoomStatus.OPEN;
const own: Rule = (actor, subject) => subject.ownerId === undefined || subject.ownerId === actor.userId;
const both =
  (a: Rule, b: Rule): Rule =>
  (actor, subject) =>
    a(actor, subject) && b(actor, subject);

const PARTIES = ['CUSTOMER', 'RIDER', 'CLIENT', 'WORKER', 'PATIENT', 'PRACTITIONER'] as const;
const MANAGERS = ['PHARMACY_STAFF', 'FACILITY_STAFF', 'SUPPORT_STAFF', 'ADMIN'] as const;
const STAFF = [...MANAGERS, 'MEDIATOR'] as const;
const SPEAKERS = [...PARTIES, ...STAFF] as const;
const EVERYBODY = [...SPEAKERS, 'OBSERVER'] as const;
const VISITORS = ['VISITING_SUPPORT', 'VISITING_ADMIN'] as const;

const each = (roles: readonly ActingRole[], rule: Rule) => Object.fromEntries(roles.map((role) => [role, rule]));

/** Who may do what in a room. A role that is absent may not. No other file answers this question. */
export const POLICY = {
  'room.read': { ...each(EVERYBODY, always), ...each(VISITORS, always) },
  'room.update': { ...each(MANAGERS, whileOpen), VISITING_ADMIN: whileOpen },
  'room.close': { ...each(MANAGERS, whileOpen), ...each(VISITORS, whileOpen), PRACTITIONER: whileOpen },
  'room.reopen': { ...each(MANAGERS, whileClosed), SUPPORT_STAFF: unlessOpen, ADMIN: unlessOpen, ...each(VISITORS, unlessOpen) },
  'room.archive': { ...each(MANAGERS, whileClosed), ...each(VISITORS, whileClosed) },
  'room.delete': { ADMIN: always, VISITING_ADMIN: always },
  'participant.add': { ...each(MANAGERS, whileOpen), ...each(VISITORS, unlessArchived) },
  'participant.remove': { ...each(MANAGERS, always), ...each(VISITORS, always) },
  'participant.leave': each(EVERYBODY, always),
  'participant.changeRole': { ...each(MANAGERS, unlessArchived), VISITING_ADMIN: unlessArchived },
  'participant.mute': { ...each(STAFF, unlessArchived), ...each(VISITORS, unlessArchived) },
  'participant.block': { ...each(MANAGERS, always), ...each(VISITORS, always) },
  'preferences.update': each(EVERYBODY, always),
  'message.send': { ...each(PARTIES, whileOpen), ...each(STAFF, unlessArchived) },
  'message.edit': { ...each(PARTIES, both(own, whileOpen)), ...each(STAFF, both(own, unlessArchived)) },
  'message.delete': { ...each(PARTIES, both(own, whileOpen)), ...each(STAFF, unlessArchived), ...each(VISITORS, unlessArchived) },
  'message.react': { ...each(PARTIES, whileOpen), ...each(STAFF, unlessArchived) },
  'message.readRevisions': { ...each(PARTIES, own), ...each(STAFF, always), ...each(VISITORS, always) },
  'message.markRead': each(EVERYBODY, always),
  'history.clear': each(EVERYBODY, always),
  'payment.initiate': each(SPEAKERS, unlessArchived),
  'dispute.open': each(SPEAKERS, always),
  'typing.set': { ...each(PARTIES, whileOpen), ...each(STAFF, unlessArchived) },
} satisfies Record<string, Partial<Record<ActingRole, Rule>>>;

export type Action = keyof typeof POLICY;
export const ACTIONS = Object.keys(POLICY) as Action[];

/** What a mute takes away. */
export const SPEAKING: ReadonlySet<Action> = new Set<Action>([
  'message.send',
  'message.edit',
  'message.react',
  'typing.set',
  'room.update',
]);

/** Refused by the status alone, these are an illegal step; everything else is said to a room that is closed. */
const LIFECYCLE: ReadonlySet<Action> = new Set<Action>(['room.close', 'room.reopen', 'room.archive']);

const rules = (action: Action): Partial<Record<ActingRole, Rule>> => POLICY[action];

/** The answer to one question of permission: nothing when it is allowed, else the code that says why not. */
export function refusal(actor: Actor, action: Action, subject: Subject = {}): ErrorCode | undefined {
  const rule = rules(action)[actor.role];
  if (!rule) return 'FORBIDDEN';
  if (!rule(actor, subject)) {
    const otherStatus = Object.values(RoomStatus).some((roomStatus) => rule({ ...actor, roomStatus }, subject));
    if (!otherStatus) return 'FORBIDDEN';
    return LIFECYCLE.has(action) ? 'ILLEGAL_TRANSITION' : 'ROOM_CLOSED';
  }
  return actor.isMuted && SPEAKING.has(action) ? 'MUTED' : undefined;
}

export const allowedActions = (actor: Actor): Action[] => ACTIONS.filter((action) => !refusal(actor, action));

/** The roles that may do something in a room of this status, for statements that judge many people at once. */
export const rolesThatMay = (action: Action, roomStatus: RoomStatus): ParticipantRole[] =>
  Object.values(ParticipantRole).filter((role) => !refusal({ userId: '', role, isMuted: false, roomStatus }, action));

/** The role in which platform staff look into a room that they are not in. SUPPORT stays out of sensitive rooms. */
export function visitingRole(role: PlatformRole, room: { isSensitive: boolean }): ActingRole | undefined {
  if (role === PlatformRole.ADMIN || role === PlatformRole.SERVICE) return 'VISITING_ADMIN';
  return role === PlatformRole.SUPPORT && !room.isSensitive ? 'VISITING_SUPPORT' : undefined;
}

/** Staff roles come from the platform, never from a fellow participant; ADMIN comes from an ADMIN. */
export function mayGrant(actor: { role?: ActingRole; platformRole: PlatformRole }, role: ParticipantRole): boolean {
  if (actor.platformRole !== PlatformRole.USER) return true;
  if (role === ParticipantRole.ADMIN) return actor.role === 'ADMIN';
  return !(STAFF as readonly string[]).includes(role);
}
