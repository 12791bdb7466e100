import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors/errors.js';
import { lockRoom } from '../../../participants/membership/membership.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import { type Actor, type Machine, type Move, type Step, type StepRequest, SYSTEM } from '../../../transitions/machine/machine.js';
import type { Subject } from '../../../transitions/machine/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { type Envelope, readEnvelope } from '../receiving/envelope.js';
import { type Beginning, InboundHandlers, NotYet } from '../receiving/handlers.js';
import { InboundStatus } from '../receiving/inbound-event.entity.js';
import { heardOf, isMerged, meetUnder, type ObjectName, type OpenEvent, takeEvent, wakeEvents } from '../receiving/inbound.queries.js';
import { SignatureScheme } from '../receiving/integration.entity.js';
import { judgeNews } from './merge-rule.js';
import { keepSetback, Setback } from './setback.js';

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
    /** What is kept of what it told, where that is not all. */
    readonly kept: Buffer | null,
  ) {}
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

/** Merges what a system of the host told into what it is about: its step, the message, and that it was processed. */
@Injectable()
export class HostMerger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly transitions: Transitions,
    private readonly handlers: InboundHandlers,
    private readonly clock: Clock,
  ) {}

  /** Observes every machine: what comes into being by an event settles it, and every step may be what another event waits for. */
  async follow(move: Move): Promise<void> {
    const { actor, manager, subject } = move;
    if (actor instanceof Herald && move.from === null) {
      const isOurs = await takeEvent(manager, actor.eventId, subject.id, this.clock.now(), actor.kept);
      if (!isOurs) throw new Error('somebody else has this event');
      if (actor.version !== null) await remember(manager, move.machine.entity, subject.id, actor.version);
    }
    const keys = keysOf(move);
    // Who looks for a thing that is not there yet waits until it is, or is known to wait before we look for who does.
    if (move.from === null) await meetUnder(manager, keys);
    // Those of the object that is being merged are tried again without it, see `mergeAll`.
    await wakeEvents(manager, keys, actor instanceof Herald ? actor.about : null);
  }

  /** What became of it; null when somebody else has it. @throws Setback, ParleyError */
  async merge(event: OpenEvent, about: ObjectName): Promise<InboundStatus | null> {
    const told = envelopeOf(event);
    const begins = this.handlers.beginningOf(told);
    const herald = new Herald(event.id, told.version, about, keptOf(event, begins?.discreet ?? []));
    const hasBegun = begins !== null && (await this.begin(herald, told, begins));
    return hasBegun ? InboundStatus.PROCESSED : this.move(herald, told);
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
    throw new Setback(InboundStatus.STALE, 'STALE_VERSION', 'It is there already', null, herald.kept);
  }

  private async move(herald: Herald, told: Envelope): Promise<InboundStatus | null> {
    const { machine } = this.handlers.of(told);
    const request = await this.handlers.requestOf(told);
    return this.timeline.commit(async (tx) => {
      const verdict = await this.judge(tx.manager, herald, told, request);
      // Kept while the locks are held: whoever moves the object after us knows that this one waits.
      if (verdict instanceof Setback) return keepSetback(tx.manager, herald.eventId, verdict, this.clock.now());
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
}

/** It was read before, as it came. */
const envelopeOf = ({ raw, externalId }: OpenEvent): Envelope =>
  readEnvelope(SignatureScheme.STANDARD, { text: raw.toString('utf8'), id: externalId });

/** The event without what the thing alone keeps; null: all of it is kept. It is read again only where it would be stale once more. */
function keptOf({ raw }: OpenEvent, discreet: readonly string[]): Buffer | null {
  if (discreet.length === 0) return null;
  const told = JSON.parse(raw.toString('utf8')) as { data: Record<string, unknown> };
  const data = Object.fromEntries(Object.entries(told.data).filter(([field]) => !discreet.includes(field)));
  return Buffer.from(JSON.stringify({ ...told, data }));
}

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
