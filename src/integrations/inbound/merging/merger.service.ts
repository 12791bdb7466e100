import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors.js';
import { metrics } from '../../../common/metrics.js';
import { lockRoom } from '../../../participants/membership.js';
import { Timeline, type TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { Actor, Move } from '../../../transitions/machine.js';
import type { Subject } from '../../../transitions/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { type Envelope, readEnvelope } from '../receiving/envelope.js';
import { type InboundHandler, InboundHandlers, NotYet } from '../receiving/handlers.js';
import { InboundEvent, InboundStatus } from '../receiving/inbound-event.entity.js';
import {
  failEvent,
  meetUnder,
  mergedAt,
  type ObjectName,
  openEvents,
  settleEvent,
  takeEvent,
  wakeEvents,
} from '../receiving/inbound.queries.js';
import { SignatureScheme } from '../receiving/integration.entity.js';
import { judgeNews } from './merge-rule.js';

const MAX_ATTEMPTS = 8;

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
      const handler = this.handlers.of(told);
      const hasMoved = await (handler.beginnings?.[told.event] ? this.begin(event, told, handler) : this.move(event, told, handler));
      if (hasMoved) metrics.inboundEvents.inc({ outcome: InboundStatus.PROCESSED });
      return hasMoved;
    } catch (error) {
      return this.settle(event, error);
    }
  }

  private async begin(event: InboundEvent, told: Envelope, handler: InboundHandler): Promise<boolean> {
    const beginning = handler.beginnings![told.event]!;
    const data = beginning.schema.parse(told.data);
    const attempt = () => beginning.begin(new Herald(event.id, told.version), told.ref, data);
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
    // Where it began just now, this event was settled with it.
    const known = { status: InboundStatus.STALE, code: 'STALE_VERSION', error: 'It is there already', waitsFor: null };
    return !(await settleEvent(this.dataSource, event.id, { ...known, now: this.clock.now() }));
  }

  private async move(event: InboundEvent, told: Envelope, handler: InboundHandler): Promise<boolean> {
    const { machine } = handler;
    const payload = await this.handlers.payloadOf(told);
    return this.timeline.commit(async (tx) => {
      const subject = await lockSubject(tx, handler, told);
      const { status, hostVersion, roomId } = subject;
      const known = { status, hostVersion, mergedAt: await mergedAt(tx.manager, subject.id, event.id) };
      const verdict = judgeNews(machine, known, told, this.handlers.canSkip(handler));
      const name = `${machine.name}:${told.ref}`;
      const says = `"${told.event}" does not follow from ${status}`;
      if (verdict.kind === 'STALE') throw new Setback(InboundStatus.STALE, 'STALE_VERSION', verdict.why);
      if (verdict.kind === 'EARLY') throw new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', `${says} yet`, [name]);
      if (verdict.kind === 'IMPOSSIBLE') throw new Setback(InboundStatus.QUARANTINED, 'ILLEGAL_TRANSITION', says);
      if (!(await takeEvent(tx.manager, event.id, subject.id, this.clock.now()))) return false;
      const herald = new Herald(event.id, told.version);
      try {
        for (const one of verdict.events.slice(0, -1)) await this.transitions.step(tx, machine, herald, subject.id, { event: one });
        await this.transitions.step(tx, machine, herald, subject.id, { event: told.event, payload, reason: told.reason });
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

/** The room first, then the subject in it. @throws Setback while there is none */
async function lockSubject({ manager }: TimelineTransaction, { machine }: InboundHandler, { ref, isOurId }: Envelope): Promise<Subject> {
  const where = (isOurId ? { id: ref } : { externalRef: ref }) as FindOptionsWhere<Subject>;
  const name = `${machine.name}:${ref}`;
  const missing = () => new Setback(InboundStatus.QUARANTINED, 'NOT_FOUND', 'Nothing of ours has this name yet', [name]);
  let known = await manager.findOneBy(machine.entity, where);
  if (!known) {
    await meetUnder(manager, [name]);
    known = await manager.findOneBy(machine.entity, where);
  }
  if (!known) throw missing();
  await lockRoom(manager, known.roomId);
  const subject = await manager.findOne(machine.entity, { where, lock: { mode: 'pessimistic_write' } });
  if (!subject) throw missing();
  return subject;
}
