import type { EntityManager } from 'typeorm';
import { ParleyError } from '../../common/errors/errors.js';
import type { Config } from '../../config/config.js';
import type { ActingRole } from '../../policy/policy.js';
import type { MessageKind, Metadata } from '../../timeline/log/message.entity.js';
import type { Words } from '../../timeline/log/notice.js';
import type { TimelineTransaction } from '../../timeline/timeline.service.js';
import type { Subject } from './subject.js';

/** How a step came to be asked for. */
export type Source = 'USER' | 'SERVICE' | 'TIMER' | 'WEBHOOK' | 'SYSTEM';

/** Of whom a table speaks: participants by role, platform staff, the host (a SERVICE token or its webhook), a timer of ours, or another step. */
export type Role = Exclude<ActingRole, 'VISITING_SUPPORT' | 'VISITING_ADMIN'> | PlatformStaff | 'SERVICE' | 'TIMER' | 'SYSTEM';

/** Staff of the platform, whatever seat they have: ADMIN is also who has made a group for their friends. */
export type PlatformStaff = 'PLATFORM_SUPPORT' | 'PLATFORM_ADMIN';

export interface Actor {
  source: Source;
  /** Null where nobody in particular stands behind it. */
  userId: string | null;
  role: Role;
  /** Beside their role in the room. */
  staff?: PlatformStaff;
}

export const TIMER: Actor = { source: 'TIMER', userId: null, role: 'TIMER' };
export const SYSTEM: Actor = { source: 'SYSTEM', userId: null, role: 'SYSTEM' };
export const WEBHOOK: Actor = { source: 'WEBHOOK', userId: null, role: 'SERVICE' };

export interface StepRequest {
  event: string;
  /** What the step needs beyond its name. It stands in the transition and counts for `idempotencyKey`: no secrets. */
  payload?: Metadata;
  /** What the step needs and not everybody in the room may read: it counts for `idempotencyKey`, too, and is not kept by the engine. */
  confidential?: Metadata;
  reason?: string | null;
  /** @throws STALE_VERSION when the subject has moved on since */
  expectedVersion?: number | null;
  /** The same key from the same actor is the same step: it happens once. */
  idempotencyKey?: string | null;
}

/** One step while it is being made, inside its transaction. */
export interface Move<S extends Subject = Subject> {
  readonly tx: TimelineTransaction;
  readonly manager: EntityManager;
  readonly machine: Machine<S, string>;
  /** The locked row. `prepare` may change its columns; they are saved with the step. */
  readonly subject: S;
  /** The row as it was found; null when the subject comes into being. */
  readonly before: Readonly<S> | null;
  readonly event: string;
  /** Null when the subject comes into being. */
  readonly from: string | null;
  readonly to: string;
  readonly actor: Actor;
  /** As people know them, for the message. */
  readonly actorName: string;
  readonly payload: Metadata;
  readonly confidential: Metadata;
  readonly reason: string | null;
  readonly at: Date;
  /** Of this node: windows and deadlines are settings. */
  readonly config: Config;
  /** A step of another subject of the same room that follows from this one: by SYSTEM, in the same commit. */
  fire<Other extends Subject>(machine: Machine<Other, string>, id: string, request: StepRequest): Promise<Other>;
  /** Another subject of the same room that comes into being because of this step: by SYSTEM, in the same commit. */
  begin<Other extends Subject>(machine: Machine<Other, string>, subject: Other, request: StepRequest): Promise<Other>;
  /** Runs `task` (see `Deadlines.handle`) at that moment, unless it is set anew or dropped before. */
  schedule(task: string, dueAt: Date): Promise<void>;
  unschedule(task: string): Promise<void>;
}

/** A condition beyond state and role. It looks at the row only, because `allowedTransitions` asks it, too. */
export interface Guard<S extends Subject> {
  says: string;
  holds(subject: S, actor: Actor, now: Date): boolean;
  /** FORBIDDEN when absent. */
  code?: 'FORBIDDEN' | 'CONFLICT';
  /** What else the refusal says. */
  details?(subject: S): Metadata;
}

/** What follows from a step, in its transaction, after its message. Work outside the database is a job (`addJob`). */
export interface Effect<S extends Subject> {
  says: string;
  run(move: Move<S>): Promise<void>;
}

export interface Step<S extends Subject, Party extends string = never> {
  event: string;
  /** Empty: the subject comes into being. */
  from: readonly string[];
  /** Null: it stays where it is. Several: `choose` says which. */
  to: string | null | readonly string[];
  choose?(move: Omit<Move<S>, 'to'>): string;
  by: readonly (Role | Party)[];
  guard?: Guard<S>;
  needsReason?: boolean;
  /** What `prepare` asks of other rows or of the payload, in words. `allowedTransitions` does not know: whoever calls hears it. */
  needs?: string;
  /** Before anything is written: checks the payload against the database, changes columns of the row. @throws ParleyError */
  prepare?(move: Move<S>): Promise<void> | void;
  effects?: readonly Effect<S>[];
  /** The message in English, as it is stored. Programs read its metadata. */
  say(move: Move<S>): string;
  /** Where the message is not of the machine's kind. */
  kind?: MessageKind;
}

export interface DeadlineRule<S extends Subject> {
  /** While the subject is in one of these states… */
  in: readonly string[];
  /** …this happens by itself… */
  event: string;
  /** …at this moment. Null: not for this one. */
  due(subject: S, enteredAt: Date, config: Config): Date | null;
  says: string;
  /** Each step begins the time anew, also one that stays among these states. */
  restarts?: boolean;
  /** Also where only the host moves the subject: it is about something of ours. */
  isOurs?: boolean;
}

/** A state machine as data: the engine runs it, the API offers it, the documentation and the tests are made from it. */
export interface Machine<S extends Subject, Party extends string = never> {
  /** The aggregate's name in transitions, metadata and webhooks: `order`. */
  name: string;
  entity: new () => S;
  kind: MessageKind;
  steps: readonly Step<S, Party>[];
  deadlines?: readonly DeadlineRule<S>[];
  /** What somebody is to this subject beyond their role in the room: its payer, its opener. */
  parties?(subject: S, userId: string): readonly Party[];
  /**
   * Rooms beyond the subject's own that a step writes to. All are locked at once, in the order of their ids, so that no two steps wait
   * for each other.
   */
  reaches?(manager: EntityManager, subject: S, event: string): Promise<string[]>;
  /** What it belongs to, where people ask the host for its beginning: there the requests for it stand, as `delivery.create`. */
  partOf?(subject: S): { aggregate: string; id: string };
  /** What front ends need of the subject without asking for it; it stands in each message's metadata. */
  facts?(subject: S): Metadata;
  /** What its messages say beyond who does it and why, for the languages that a reader may ask for (`src/wording/`). */
  words?(move: Move<S>): Words;
}

/** Where a step may lead; nothing for one that stays. */
export function targetsOf({ to }: { to: string | null | readonly string[] }): readonly string[] {
  if (to === null) return [];
  return typeof to === 'string' ? [to] : to;
}

export const statesOf = <S extends Subject>(machine: Machine<S, string>): string[] => [
  ...new Set(machine.steps.flatMap((step) => [...step.from, ...targetsOf(step)])),
];

/** States that nothing leads out of. */
export const isTerminal = <S extends Subject>(machine: Machine<S, string>, status: string): boolean =>
  machine.steps.every((step) => !step.from.includes(status) || targetsOf(step).length === 0);

function rolesOf<S extends Subject>(machine: Machine<S, string>, subject: S | null, actor: Actor): readonly string[] {
  const parties = subject && actor.userId ? (machine.parties?.(subject, actor.userId) ?? []) : [];
  return [actor.role, ...(actor.staff ? [actor.staff] : []), ...parties];
}

/** The steps that this actor could take now. */
export function stepsFor<S extends Subject>(machine: Machine<S, string>, subject: S, actor: Actor, now: Date): Step<S, string>[] {
  const roles = rolesOf(machine, subject, actor);
  return machine.steps.filter(
    ({ from, by, guard }) =>
      from.includes(subject.status) && by.some((role) => roles.includes(role)) && (guard?.holds(subject, actor, now) ?? true),
  );
}

/**
 * The step that a request means: the actor's right to it first, then the version, then the state, then its guard.
 *
 * @throws FORBIDDEN, STALE_VERSION, ILLEGAL_TRANSITION, CONFLICT (a guard), each with what would be allowed
 */
export function judge<S extends Subject>(
  machine: Machine<S, string>,
  subject: S,
  actor: Actor,
  request: StepRequest,
  now: Date,
): Step<S, string> {
  const roles = rolesOf(machine, subject, actor);
  const allowed = [...new Set(stepsFor(machine, subject, actor, now).map((step) => step.event))];
  const mine = machine.steps.filter(
    ({ event, by, from }) => event === request.event && from.length > 0 && by.some((role) => roles.includes(role)),
  );
  if (mine.length === 0) throw new ParleyError('FORBIDDEN', undefined, { event: request.event, allowed });
  requireVersion(subject, request.expectedVersion);
  const { status } = subject;
  const here = mine.filter(({ from }) => from.includes(status));
  const step = here.find(({ guard }) => guard?.holds(subject, actor, now) ?? true);
  if (step) return step;
  const guard = here[0]?.guard;
  if (guard) throw new ParleyError(guard.code ?? 'FORBIDDEN', guard.says, { event: request.event, allowed, ...guard.details?.(subject) });
  throw new ParleyError('ILLEGAL_TRANSITION', undefined, { from: status, event: request.event, allowed });
}

/** What a caller has seen of it is what it is still, where they say what they saw. @throws STALE_VERSION */
export function requireVersion({ version, status }: Subject, expectedVersion: number | null | undefined): void {
  if (expectedVersion != null && expectedVersion !== version) throw new ParleyError('STALE_VERSION', undefined, { version, status });
}

/** How a subject of this kind begins. @throws FORBIDDEN */
export function judgeBeginning<S extends Subject>(
  machine: Machine<S, string>,
  subject: S | null,
  actor: Actor,
  event: string,
): Step<S, string> {
  const roles = rolesOf(machine, subject, actor);
  const step = machine.steps.find((one) => one.event === event && one.from.length === 0 && one.by.some((role) => roles.includes(role)));
  if (!step) throw new ParleyError('FORBIDDEN', undefined, { event, allowed: [] });
  return step;
}
