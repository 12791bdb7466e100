import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors.js';
import { metrics } from '../../../common/metrics.js';
import { lockRoom } from '../../../participants/membership.js';
import { Timeline, type TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { Actor, Machine, Move, StepRequest } from '../../../transitions/machine.js';
import type { Subject } from '../../../transitions/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { type Envelope, readEnvelope } from '../receiving/envelope.js';
import { type Beginning, InboundHandlers, NotYet } from '../receiving/handlers.js';
import { InboundEvent, InboundStatus } from '../receiving/inbound-event.entity.js';
import {
  failEvent,
  isMerged,
  meetUnder,
  heardOf,
  type ObjectName,
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
  ) {}
}

/** Why an event does not come to pass, thrown so that nothing of it remains. */
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

  /**
   * Every open event of an object, in order, and again as long as something comes of it. @throws what went wrong on our side
   *
   * Who begins to wait is tried once more: what they wait for may have come between the attempt and the note that they wait.
   */
  async mergeAll(name: ObjectName): Promise<void> {
    const failures: unknown[] = [];
    let isWorthAnother = true;
    while (isWorthAnother) {
      isWorthAnother = false;
      for (const id of await openEvents(this.dataSource, name)) {
        try {
          if (await this.merge(id)) isWorthAnother = true;
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
    await wakeEvents(manager, keys);
  }

  /** Whether it has moved something, or waits from now on. */
  private async merge(id: string): Promise<boolean> {
    const event = await this.dataSource
      .getRepository(InboundEvent)
      .createQueryBuilder('event')
      .addSelect('event.raw')
      .where({ id })
      .getOne();
    if (!event) return false;
    try {
      const told = envelopeOf(event);
      const begins = this.handlers.beginningOf(told);
      const hasMoved = (begins !== null && (await this.begin(event, told, begins))) || (await this.move(event, told));
      if (hasMoved) metrics.inboundEvents.inc({ outcome: InboundStatus.PROCESSED });
      return hasMoved;
    } catch (error) {
      return this.settle(event, error);
    }
  }

  /** Whether it came into being just now, and this event was settled with it. */
  private async begin(event: InboundEvent, told: Envelope, begins: Beginning): Promise<boolean> {
    const data = begins.schema.parse(told.data);
    const attempt = () => begins.begin(new Herald(event.id, told.version), told.ref, data);
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
    if (await isMerged(this.dataSource, event.id)) return true;
    if (this.handlers.isStep(told)) return false;
    throw new Setback(InboundStatus.STALE, 'STALE_VERSION', 'It is there already');
  }

  private async move(event: InboundEvent, told: Envelope): Promise<boolean> {
    const handler = this.handlers.of(told);
    const { machine } = handler;
    const request = await this.handlers.requestOf(told);
    return this.timeline.commit(async (tx) => {
      const subject = await lockSubject(tx, machine, told);
      const { status, hostVersion, roomId } = subject;
      const refusal = handler.refuses?.(subject, told.event) ?? null;
      if (refusal !== null) throw new Setback(InboundStatus.QUARANTINED, 'FORBIDDEN', refusal);
      const { mergedAt, isRepeat } = await heardOf(tx.manager, subject.id, event.id);
      if (isRepeat) throw new Setback(InboundStatus.STALE, 'STALE_VERSION', 'The same was merged under another id');
      const verdict = judgeNews(machine, { status, hostVersion, mergedAt }, told, this.handlers.canSkip(handler, subject));
      const name = `${machine.name}:${told.ref}`;
      const says = `"${told.event}" does not follow from ${status}`;
      if (verdict.kind === 'STALE') throw new Setback(InboundStatus.STALE, 'STALE_VERSION', verdict.why);
      if (verdict.kind === 'EARLY') throw new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', `${says} yet`, [name]);
      if (verdict.kind === 'IMPOSSIBLE') throw new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', says);
      if (!(await takeEvent(tx.manager, event.id, subject.id, this.clock.now()))) return false;
      const herald = new Herald(event.id, told.version);
      const steps = [...verdict.events.slice(0, -1).map((one): StepRequest => ({ event: one })), request];
      try {
        for (const step of steps) await this.transitions.step(tx, machine, herald, subject.id, step);
      } catch (error) {
        // Something else of the room may have to move before.
        const isBlocked = error instanceof ParleyError && error.code === 'CONFLICT';
        throw isBlocked ? new Setback(InboundStatus.QUARANTINED, error.code, error.message, [name, `room:${roomId}`]) : error;
      }
      if (told.version !== null) await remember(tx.manager, machine.entity, subject.id, told.version);
      return true;
    });
  }

  /** Keeps why an event did not come to pass. @throws what went wrong on our side, so that it is tried again */
  private async settle(event: InboundEvent, error: unknown): Promise<boolean> {
    const now = this.clock.now();
    const setback = error instanceof ParleyError ? new Setback(InboundStatus.QUARANTINED, error.code, error.message) : error;
    if (setback instanceof Setback) {
      const { status, code, message, waitsFor } = setback;
      if (await settleEvent(this.dataSource, event.id, { status, now, code, error: message, waitsFor })) {
        metrics.inboundEvents.inc({ outcome: status });
      }
      return waitsFor !== null && event.waitsFor === null;
    }
    this.log.error({ err: error, inboundEventId: event.id }, 'an event was not merged');
    if (!(await failEvent(this.dataSource, event.id, MAX_ATTEMPTS, now, 'Something went wrong on our side'))) throw error;
    metrics.inboundEvents.inc({ outcome: InboundStatus.FAILED });
    return false;
  }
}

/** It was read before, as it came. */
const envelopeOf = ({ raw, externalId }: InboundEvent): Envelope =>
  readEnvelope(SignatureScheme.STANDARD, { text: raw.toString('utf8'), id: externalId });

async function remember(manager: EntityManager, entity: new () => Subject, id: string, hostVersion: number): Promise<void> {
  await manager.update(entity, { id }, { hostVersion });
}

/** The rooms first, then the subject in its own. @throws Setback while there is none */
async function lockSubject({ manager }: TimelineTransaction, machine: AnyMachine, { ref, isOurId }: Envelope): Promise<Subject> {
  const where = (isOurId ? { id: ref } : { externalRef: ref }) as FindOptionsWhere<Subject>;
  const name = `${machine.name}:${ref}`;
  const missing = () => new Setback(InboundStatus.QUARANTINED, 'NOT_FOUND', 'Nothing of ours has this name yet', [name]);
  let known = await manager.findOneBy(machine.entity, where);
  if (!known) {
    await meetUnder(manager, [name]);
    known = await manager.findOneBy(machine.entity, where);
  }
  if (!known) throw missing();
  for (const roomId of await roomsOf(manager, machine, known)) await lockRoom(manager, roomId);
  const subject = await manager.findOne(machine.entity, { where, lock: { mode: 'pessimistic_write' } });
  if (!subject) throw missing();
  return subject;
}

/** All that any step of it may write to, in the order in which everybody locks them. */
async function roomsOf(manager: EntityManager, machine: AnyMachine, subject: Subject): Promise<string[]> {
  const rooms = new Set([subject.roomId]);
  for (const event of new Set(machine.steps.map((step) => step.event))) {
    for (const roomId of (await machine.reaches?.(manager, subject, event)) ?? []) rooms.add(roomId);
  }
  return [...rooms].sort();
}
