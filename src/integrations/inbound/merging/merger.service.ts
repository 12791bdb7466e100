import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors.js';
import { metrics } from '../../../common/metrics.js';
import type { Connection } from '../../../database/sql.js';
import { lockRoom } from '../../../participants/membership.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import { type Actor, type Machine, type Move, type Step, type StepRequest, SYSTEM } from '../../../transitions/machine.js';
import type { Subject } from '../../../transitions/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { type Envelope, readEnvelope } from '../receiving/envelope.js';
import { type Beginning, InboundHandlers, NotYet } from '../receiving/handlers.js';
import { InboundStatus } from '../receiving/inbound-event.entity.js';
import {
  failEvent,
  isMerged,
  meetUnder,
  heardOf,
  type ObjectName,
  openEvent,
  type OpenEvent,
  openEvents,
  settleEvent,
  takeEvent,
  wakeEvents,
} from '../receiving/inbound.queries.js';
import { SignatureScheme } from '../receiving/integration.entity.js';
import { judgeNews } from './merge-rule.js';

const MAX_ATTEMPTS = 8;

type AnyMachine = Machine<Subject, string>;

/** The host, as it speaks by one event. What it brings into being is begun in the transaction that settles the event. */
class Herald implements Actor {
  readonly source = 'WEBHOOK';
  readonly userId = null;
  readonly role = 'SERVICE';

  constructor(
    readonly eventId: string,
    readonly version: number | null,
    /** Whose events are being merged, this one among them. */
    readonly about: ObjectName,
  ) {}
}

/** Why an event does not come to pass; thrown where nothing of it may remain. */
class Setback extends Error {
  constructor(
    readonly status: InboundStatus.STALE | InboundStatus.QUARANTINED,
    readonly code: string,
    message: string,
    readonly waitsFor: string[] | null = null,
  ) {
    super(message);
  }
}

/** What an event comes to; the subject and its rooms are locked. */
interface Plan {
  subject: Subject;
  actor: Actor;
  first: StepRequest;
  rest: StepRequest[];
  /** Something later was merged before it. */
  isLate: boolean;
}

const canTake = ({ from, by }: Step<Subject, string>, status: string, role: 'SERVICE' | 'SYSTEM'): boolean =>
  from.includes(status) && by.includes(role);

/** The names under which others may wait for it. */
const keysOf = ({ machine, subject }: Pick<Move, 'machine' | 'subject'>): string[] => {
  const names = [subject.id, ...(subject.externalRef === null ? [] : [subject.externalRef])];
  return [...names.map((name) => `${machine.name}:${name}`), `room:${subject.roomId}`];
};

/**
 * Merges what systems told into what it is about. One event is one transaction: its step, the message, and that it was processed. One
 * object has one event at a time, since its room is locked before anything is judged.
 */
@Injectable()
export class Merger {
  private readonly log = new Logger('Inbound');

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly transitions: Transitions,
    private readonly handlers: InboundHandlers,
    private readonly clock: Clock,
  ) {}

  /** Every open event of an object, in order, and once more what was tried before something came of another. @throws what went wrong on our side */
  async mergeAll(name: ObjectName): Promise<void> {
    const failures: unknown[] = [];
    const tried = new Set<string>();
    let isWorthAnother = true;
    while (isWorthAnother) {
      isWorthAnother = false;
      for (const id of await openEvents(this.dataSource, name)) {
        if (tried.has(id)) continue;
        tried.add(id);
        try {
          if (!(await this.merge(id, name))) continue;
          isWorthAnother = true;
          tried.clear();
        } catch (error) {
          failures.push(error);
        }
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `events of ${name.aggregate} ${name.ref} were not merged`);
  }

  /** Observes every machine: what comes into being by an event settles it, and every step may be what another event waits for. */
  async follow(move: Move): Promise<void> {
    const { actor, manager, subject } = move;
    if (actor instanceof Herald && move.from === null) {
      if (!(await takeEvent(manager, actor.eventId, subject.id, this.clock.now()))) throw new Error('somebody else has this event');
      if (actor.version !== null) await remember(manager, move.machine.entity, subject.id, actor.version);
    }
    const keys = keysOf(move);
    // Who looks for a thing that is not there yet waits until it is, or is known to wait before we look for who does.
    if (move.from === null) await meetUnder(manager, keys);
    // Those of the object that is being merged are tried again without it, see `mergeAll`.
    await wakeEvents(manager, keys, actor instanceof Herald ? actor.about : null);
  }

  /** Whether another try is worth it: of the others, because it has moved something, or of itself (see `settle`). */
  private async merge(id: string, about: ObjectName): Promise<boolean> {
    const event = await openEvent(this.dataSource, id);
    if (!event) return false;
    try {
      const told = envelopeOf(event);
      const herald = new Herald(id, told.version, about);
      const begins = this.handlers.beginningOf(told);
      const hasBegun = begins !== null && (await this.begin(herald, told, begins));
      const outcome = hasBegun ? InboundStatus.PROCESSED : await this.move(herald, told);
      if (outcome !== null) metrics.inboundEvents.inc({ outcome });
      return outcome === InboundStatus.PROCESSED;
    } catch (error) {
      return this.settle(event, error);
    }
  }

  /** Whether it came into being just now, and this event was settled with it. */
  private async begin(herald: Herald, told: Envelope, begins: Beginning): Promise<boolean> {
    const data = begins.schema.parse(told.data);
    const attempt = () => begins.begin(herald, told.ref, data);
    try {
      await attempt().catch(async (error: unknown) => {
        if (!(error instanceof NotYet)) throw error;
        await this.dataSource.transaction((manager) => meetUnder(manager, error.needs));
        await attempt();
      });
    } catch (error) {
      if (error instanceof NotYet) throw new Setback(InboundStatus.QUARANTINED, error.code, error.message, error.needs);
      throw error;
    }
    if (await isMerged(this.dataSource, herald.eventId)) return true;
    if (this.handlers.isStep(told)) return false;
    throw new Setback(InboundStatus.STALE, 'STALE_VERSION', 'It is there already');
  }

  /** What became of it; null when somebody else has it. */
  private async move(herald: Herald, told: Envelope): Promise<InboundStatus | null> {
    const { machine } = this.handlers.of(told);
    const request = await this.handlers.requestOf(told);
    return this.timeline.commit(async (tx) => {
      const verdict = await this.judge(tx.manager, herald, told, request);
      // Kept while the locks are held: whoever moves the object after us knows that this one waits.
      if (verdict instanceof Setback) return this.keep(tx.manager, herald.eventId, verdict);
      const { subject, actor, first, rest, isLate } = verdict;
      if (!(await takeEvent(tx.manager, herald.eventId, subject.id, this.clock.now()))) return null;
      try {
        await this.transitions.stepOf(tx, machine, actor, subject, first);
        for (const step of rest) await this.transitions.step(tx, machine, actor, subject.id, step);
      } catch (error) {
        // Something else of the room may have to move before.
        const isBlocked = error instanceof ParleyError && error.code === 'CONFLICT';
        throw isBlocked
          ? new Setback(InboundStatus.QUARANTINED, error.code, error.message, [nameOf(told), `room:${subject.roomId}`])
          : error;
      }
      if (told.version !== null && !isLate) await remember(tx.manager, machine.entity, subject.id, told.version);
      return InboundStatus.PROCESSED;
    });
  }

  /** The steps to take, or why there are none; the object and its rooms are locked. */
  private async judge(manager: EntityManager, herald: Herald, told: Envelope, request: StepRequest): Promise<Plan | Setback> {
    const handler = this.handlers.of(told);
    const subject = await lockSubject(manager, handler.machine, told);
    if (!subject) return new Setback(InboundStatus.QUARANTINED, 'NOT_FOUND', 'Nothing of ours has this name yet', [nameOf(told)]);
    const { status, hostVersion } = subject;
    const refusal = handler.refuses?.(subject, told.event) ?? null;
    if (refusal !== null) return new Setback(InboundStatus.QUARANTINED, 'FORBIDDEN', refusal);
    const { mergedAt, isRepeat } = await heardOf(manager, subject.id, herald.eventId);
    if (isRepeat) return new Setback(InboundStatus.STALE, 'STALE_VERSION', 'The same was merged under another id');
    const verdict = judgeNews(handler.machine, { status, hostVersion, mergedAt }, told, this.handlers.canSkip(handler, subject));
    const says = `"${told.event}" does not follow from ${status}`;
    if (verdict.kind === 'STALE') return this.judgeLate(herald, subject, told, request, verdict.why);
    if (verdict.kind === 'EARLY') return new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', `${says} yet`, [nameOf(told)]);
    if (verdict.kind === 'IMPOSSIBLE') return new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', says);
    const [first = request, ...rest] = [...verdict.events.slice(0, -1).map((event): StepRequest => ({ event })), request];
    return { subject, actor: herald, first, rest, isLate: false };
  }

  /**
   * What was overtaken is stale, unless it tells what would be missed. Then it is its own step while that is possible, else one that keeps
   * what it tells; where neither is, because the object has come to its end, somebody has to look.
   */
  private judgeLate(herald: Herald, subject: Subject, told: Envelope, request: StepRequest, why: string): Plan | Setback {
    const { machine } = this.handlers.of(told);
    const late = this.handlers.lateOf(told);
    const isPossible = machine.steps.some((step) => step.event === told.event && canTake(step, subject.status, 'SERVICE'));
    const keptBy = late && !isPossible ? late.keptBy(subject, request) : null;
    if (!late || !(isPossible || keptBy)) return new Setback(InboundStatus.STALE, 'STALE_VERSION', why);
    if (!isPossible && !machine.steps.some((step) => step.event === keptBy && canTake(step, subject.status, 'SYSTEM'))) {
      return new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', `${why}, and it is ${subject.status}`);
    }
    const payload = { ...request.payload, occurredAt: told.occurredAt.toISOString() };
    const first = { ...request, event: keptBy ?? told.event, payload };
    return { subject, actor: isPossible ? herald : SYSTEM, first, rest: [], isLate: true };
  }

  private async keep(connection: Connection, eventId: string, setback: Setback): Promise<InboundStatus | null> {
    const { status, code, message, waitsFor } = setback;
    const now = this.clock.now();
    return (await settleEvent(connection, eventId, { status, now, code, error: message, waitsFor })) ? status : null;
  }

  /**
   * Keeps why an event did not come to pass, with no lock held. Whether it begins to wait by that: it is worth another try, since what
   * it waits for may have come between the attempt and this note. @throws what went wrong on our side, so that it is tried again
   */
  private async settle(event: OpenEvent, error: unknown): Promise<boolean> {
    const setback = error instanceof ParleyError ? new Setback(InboundStatus.QUARANTINED, error.code, error.message) : error;
    if (setback instanceof Setback) {
      const outcome = await this.keep(this.dataSource, event.id, setback);
      if (outcome !== null) metrics.inboundEvents.inc({ outcome });
      return setback.waitsFor !== null && !event.isWaiting;
    }
    this.log.error({ err: error, inboundEventId: event.id }, 'an event was not merged');
    if (!(await failEvent(this.dataSource, event.id, MAX_ATTEMPTS, this.clock.now(), 'Something went wrong on our side'))) throw error;
    metrics.inboundEvents.inc({ outcome: InboundStatus.FAILED });
    return false;
  }
}

/** It was read before, as it came. */
const envelopeOf = ({ raw, externalId }: OpenEvent): Envelope =>
  readEnvelope(SignatureScheme.STANDARD, { text: raw.toString('utf8'), id: externalId });

/** Under which others wait for what an event is about. */
const nameOf = ({ aggregate, ref }: Envelope): string => `${aggregate}:${ref}`;

async function remember(manager: EntityManager, entity: new () => Subject, id: string, hostVersion: number): Promise<void> {
  await manager.update(entity, { id }, { hostVersion });
}

/** The rooms first, then the subject in its own. Null while there is none, and nobody brings it into being before the transaction ends. */
async function lockSubject(manager: EntityManager, machine: AnyMachine, told: Envelope): Promise<Subject | null> {
  const where = (told.isOurId ? { id: told.ref } : { externalRef: told.ref }) as FindOptionsWhere<Subject>;
  let known = await manager.findOneBy(machine.entity, where);
  if (!known) {
    await meetUnder(manager, [nameOf(told)]);
    known = await manager.findOneBy(machine.entity, where);
  }
  if (!known) return null;
  for (const roomId of await roomsOf(manager, machine, known)) await lockRoom(manager, roomId);
  // Its room may have been deleted meanwhile.
  return (await manager.findOne(machine.entity, { where, lock: { mode: 'pessimistic_write' } })) ?? lockSubject(manager, machine, told);
}

/** All that any step of it may write to, in the order in which everybody locks them. */
async function roomsOf(manager: EntityManager, machine: AnyMachine, subject: Subject): Promise<string[]> {
  const rooms = new Set([subject.roomId]);
  for (const event of new Set(machine.steps.map((step) => step.event))) {
    for (const roomId of (await machine.reaches?.(manager, subject, event)) ?? []) rooms.add(roomId);
  }
  return [...rooms].sort();
}
