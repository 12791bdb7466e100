import { Injectable } from '@nestjs/common';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import { Clock } from '../common/clock.js';
import { notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import type { Connection } from '../database/sql.js';
import { findMembership, lockRoom, type Membership, type Person } from '../participants/membership/membership.js';
import { PlatformRole } from '../policy/roles.js';
import { Timeline, type TimelineTransaction } from '../timeline/timeline.service.js';
import { User } from '../users/user.entity.js';
import { Deadlines } from './deadlines/deadlines.service.js';
import { type Actor, judge, judgeBeginning, type Machine, type PlatformStaff, type StepRequest, TIMER } from './machine/machine.js';
import { Machines } from './machine/machines.js';
import { StepMaker } from './step-maker.js';
import { askHost } from './step-requests.js';
import { requestByKey } from './log/step-requests.queries.js';
import type { Subject } from './machine/subject.js';
import type { Transition } from './log/transition.entity.js';
import { fingerprintOf, transitionByKey } from './log/transitions.queries.js';

/** How often a transaction begins again that lost a race: two with one key, or two that waited for each other. */
const MAX_ATTEMPTS = 4;
const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';

const sqlStateOf = (error: unknown): string => {
  const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
  return driverError?.code ?? code ?? '';
};

const STAFF: Partial<Record<PlatformRole, PlatformStaff>> = { SUPPORT: 'PLATFORM_SUPPORT', ADMIN: 'PLATFORM_ADMIN' };

/** Somebody's standing in a room, as machines know it. Platform staff who look in act as what they are. */
export function actorOf({ userId, role, platformRole }: Membership): Actor {
  if (platformRole === PlatformRole.SERVICE) return { source: 'SERVICE', userId, role: 'SERVICE' };
  const staff = STAFF[platformRole];
  const acting = role === 'VISITING_SUPPORT' ? 'SUPPORT_STAFF' : role === 'VISITING_ADMIN' ? 'ADMIN' : role;
  return { source: 'USER', userId, role: acting, ...(staff && { staff }) };
}

/**
 * Runs the machines. A step is one transaction: lock the room, lock the subject, judge version, role, state and guard, move, write the
 * message and the transition, let the effects follow. It happens wholly, with its message, or not at all.
 */
@Injectable()
export class Transitions {
  constructor(
    private readonly timeline: Timeline,
    private readonly clock: Clock,
    machines: Machines,
    deadlines: Deadlines,
    private readonly maker: StepMaker,
  ) {
    deadlines.handle('event', async (tx, { aggregate, aggregateId }, event) => {
      try {
        await this.step(tx, machines.named(aggregate), TIMER, aggregateId, { event });
      } catch (error) {
        // Refused before anything was written: the subject has moved on, and nothing is left to be done.
        if (!(error instanceof ParleyError)) throw error;
      }
    });
  }

  /**
   * One step, asked for by a person or an actor of ours, in a commit of its own. Where only the host moves the subject, a person's
   * step becomes a request, and the subject comes back as it was.
   *
   * @throws NOT_FOUND, FORBIDDEN, STALE_VERSION, ILLEGAL_TRANSITION, IDEMPOTENCY_CONFLICT, and what the machine says
   */
  move<S extends Subject>(machine: Machine<S, string>, who: Person | Actor, id: string, request: StepRequest): Promise<S> {
    return this.attempt((tx) => this.step(tx, machine, who, id, request));
  }

  /** The same inside a transaction that is under way. */
  async step<S extends Subject>(
    tx: TimelineTransaction,
    machine: Machine<S, string>,
    who: Person | Actor,
    id: string,
    request: StepRequest,
  ): Promise<S> {
    const { subject, actor } = await this.lock(tx.manager, machine, who, id, request.event);
    return this.stepOf(tx, machine, actor, subject, request);
  }

  /** The same of a subject that was read under its lock, after those of its room and of all rooms that the step reaches. */
  async stepOf<S extends Subject>(
    tx: TimelineTransaction,
    machine: Machine<S, string>,
    actor: Actor,
    subject: S,
    request: StepRequest,
  ): Promise<S> {
    const { key, earlier } = await this.remember(tx.manager, machine, actor, request, subject);
    if (earlier) return subject;
    const step = judge(machine, subject, actor, request, this.clock.now());
    if (step.needsReason && !request.reason) {
      throw new ParleyError('BAD_USER_INPUT', 'This step needs a reason', { field: 'input.reason' });
    }
    if (subject.authority === 'HOST' && actor.source === 'USER') {
      // A request is told to the whole room.
      if (request.confidential) throw new ParleyError('CONFLICT', 'The host decides here: give what not everybody may read to the host');
      await askHost(tx, { machine, subject, actor, request, key, at: this.clock.now() });
      return subject;
    }
    return this.maker.make(tx, { machine, step, subject, actor, request, key, engine: this });
  }

  /**
   * Brings a subject into being, with its first message. `make` opens or enters the room and fills the row (its `id` included); it
   * runs again if the transaction lost a race. The same `externalRef` or key is the same subject, for who can see its room still.
   *
   * @throws NOT_FOUND, FORBIDDEN, IDEMPOTENCY_CONFLICT, and what `make` throws
   */
  begin<S extends Subject>(
    machine: Machine<S, string>,
    who: Actor,
    request: StepRequest & { externalRef?: string | null },
    make: (tx: TimelineTransaction) => Promise<S>,
  ): Promise<S> {
    return this.attempt(async (tx) => {
      const { key, earlier } = await this.remember(tx.manager, machine, who, request, null);
      const known = await this.known(tx.manager, machine, { id: earlier?.aggregateId, externalRef: request.externalRef });
      if (!known) return this.beginIn(tx, machine, who, request, await make(tx), key);
      if (!(await this.sees(tx.manager, who, known.roomId))) throw notFound();
      return known;
    });
  }

  /** Whether a room is there for whoever acts; for timers and hosts every one is. */
  async sees(connection: Connection, { source, userId }: Actor, roomId: string): Promise<boolean> {
    if (source !== 'USER' || userId === null) return true;
    const { role: platformRole } = await connection.getRepository(User).findOneByOrFail({ id: userId });
    return (await findMembership(connection, { id: roomId }, { userId, platformRole })) !== null;
  }

  /**
   * Asks the host to begin something that belongs to a subject which only the host moves. A repeated call with the same key is the same
   * request.
   *
   * @throws NOT_FOUND, FORBIDDEN, IDEMPOTENCY_CONFLICT, and what `check` throws
   */
  askToBegin<S extends Subject, Part extends Subject>(
    whole: Machine<S, string>,
    part: Machine<Part, string>,
    who: Person,
    id: string,
    request: StepRequest,
    check: (tx: TimelineTransaction, subject: S) => Promise<void>,
  ): Promise<void> {
    return this.attempt(async (tx) => {
      const { subject, actor } = await this.lock(tx.manager, whole, who, id, request.event);
      judgeBeginning(part, null, actor, request.event);
      const asked = { ...request, event: `${part.name}.${request.event}` };
      const { key, earlier } = await this.remember(tx.manager, part, actor, asked, subject);
      if (earlier) return;
      await check(tx, subject);
      await askHost(tx, { machine: whole, subject, actor, request: asked, key, at: this.clock.now() });
    });
  }

  /**
   * The same by somebody who need not be in the room of the whole, where the part has a room of its own: `make` opens or enters that, as for
   * `begin`, and there it is asked.
   */
  askToBeginApart<S extends Subject, Part extends Subject>(
    [whole, subject]: [Machine<S, string>, S],
    part: Machine<Part, string>,
    actor: Actor,
    request: StepRequest,
    make: (tx: TimelineTransaction) => Promise<Part>,
  ): Promise<void> {
    return this.attempt(async (tx) => {
      const asked = { ...request, event: `${part.name}.${request.event}` };
      const { key, earlier } = await this.remember(tx.manager, part, actor, asked, subject);
      if (earlier) return;
      const wanted = await make(tx);
      judgeBeginning(part, wanted, actor, request.event);
      await askHost(tx, { machine: whole, subject, actor, request: asked, key, at: this.clock.now(), roomId: wanted.roomId });
    });
  }

  /** The same as `begin` inside a transaction that is under way; the room is locked or new. */
  beginIn<S extends Subject>(
    tx: TimelineTransaction,
    machine: Machine<S, string>,
    actor: Actor,
    request: StepRequest,
    subject: S,
    key: string | null = null,
  ): Promise<S> {
    const step = judgeBeginning(machine, subject, actor, request.event);
    return this.maker.begin(tx, { machine, step, subject, actor, request, key, engine: this });
  }

  private async attempt<Result>(work: (tx: TimelineTransaction) => Promise<Result>, attempt = 1): Promise<Result> {
    try {
      return await this.timeline.commit(work);
    } catch (error) {
      const state = sqlStateOf(error);
      const isRace = state === UNIQUE_VIOLATION || state === DEADLOCK;
      if (isRace && attempt < MAX_ATTEMPTS) return this.attempt(work, attempt + 1);
      throw state === UNIQUE_VIOLATION ? new ParleyError('CONFLICT') : error;
    }
  }

  /** The room first, then the subject in it; who may not read the room finds nothing. */
  private async lock<S extends Subject>(
    manager: EntityManager,
    machine: Machine<S, string>,
    who: Person | Actor,
    id: string,
    event: string,
  ) {
    const where = { id } as FindOptionsWhere<S>;
    const known = isId(id) ? await manager.findOne(machine.entity, { where }) : null;
    if (!known) throw notFound();
    const rooms = new Set([known.roomId, ...((await machine.reaches?.(manager, known, event)) ?? [])]);
    for (const roomId of [...rooms].sort()) await lockRoom(manager, roomId);
    const actor = 'source' in who ? who : await this.enter(manager, known.roomId, who);
    const subject = await manager.findOne(machine.entity, { where, lock: { mode: 'pessimistic_write' } });
    if (!subject) throw notFound();
    return { subject, actor };
  }

  private async enter(manager: EntityManager, roomId: string, person: Person): Promise<Actor> {
    const membership = await findMembership(manager, { id: roomId }, person);
    if (!membership) throw notFound();
    return actorOf(membership);
  }

  /** Under which key the step is remembered, and what is remembered under it: a step, or that the host was asked. @throws IDEMPOTENCY_CONFLICT */
  private async remember<S extends Subject>(
    manager: EntityManager,
    machine: Machine<S, string>,
    actor: Actor,
    request: StepRequest,
    subject: Subject | null,
  ): Promise<{ key: string | null; earlier: Pick<Transition, 'aggregateId' | 'fingerprint'> | null }> {
    const { idempotencyKey } = request;
    // Keys of one person never meet those of another.
    const key = idempotencyKey ? `${machine.name}:${actor.userId ?? actor.source}:${idempotencyKey}` : null;
    if (key === null) return { key, earlier: null };
    const asked = subject?.authority === 'HOST' ? await requestByKey(manager, key) : null;
    const earlier = asked ?? (await transitionByKey(manager, key));
    if (earlier && !earlier.fingerprint?.equals(fingerprintOf(request, subject?.id ?? null))) {
      throw new ParleyError('IDEMPOTENCY_CONFLICT', undefined, { field: 'input.idempotencyKey' });
    }
    return { key, earlier };
  }

  private async known<S extends Subject>(
    manager: EntityManager,
    machine: Machine<S, string>,
    { id, externalRef }: { id?: string; externalRef?: string | null },
  ): Promise<S | null> {
    if (id) return manager.findOneBy(machine.entity, { id } as FindOptionsWhere<S>);
    return externalRef ? manager.findOneBy(machine.entity, { externalRef } as FindOptionsWhere<S>) : null;
  }
}
