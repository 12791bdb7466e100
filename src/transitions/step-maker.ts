import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { newId } from '../common/values/ids.js';
import { type Config, CONFIG } from '../config/config.js';
import { namesOf } from '../participants/seats/participants.queries.js';
import type { Message } from '../timeline/log/message.entity.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import { Deadlines } from './deadlines/deadlines.service.js';
import { type Actor, type Machine, type Move, type Step, type StepRequest, SYSTEM, targetsOf } from './machine/machine.js';
import { Machines } from './machine/machines.js';
import { settleBy } from './step-requests.js';
import type { Subject } from './machine/subject.js';
import { Transition, TransitionSource } from './log/transition.entity.js';
import { fingerprintOf, insertTransition, readOwnStep } from './log/transitions.queries.js';

interface Making<S extends Subject> {
  machine: Machine<S, string>;
  step: Step<S, string>;
  subject: S;
  actor: Actor;
  request: StepRequest;
  key: string | null;
  engine: {
    step<Other extends Subject>(
      tx: TimelineTransaction,
      machine: Machine<Other, string>,
      who: Actor,
      id: string,
      request: StepRequest,
    ): Promise<Other>;
    beginIn<Other extends Subject>(
      tx: TimelineTransaction,
      machine: Machine<Other, string>,
      actor: Actor,
      request: StepRequest,
      subject: Other,
    ): Promise<Other>;
  };
}

/** What a step consists of once it is allowed: the row, the message, the transition, the deadlines, the effects. */
@Injectable()
export class StepMaker {
  constructor(
    private readonly clock: Clock,
    private readonly machines: Machines,
    private readonly deadlines: Deadlines,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async make<S extends Subject>(tx: TimelineTransaction, making: Making<S>): Promise<S> {
    const { machine, subject, step } = making;
    const move = await this.moveOf(tx, making, subject.status);
    await step.prepare?.(move);
    subject.status = move.to;
    subject.version += 1;
    subject.updatedAt = move.at;
    const { id, ...columns } = subject;
    await tx.manager.update(machine.entity, { id }, columns as never);
    await this.record(move, making);
    return subject;
  }

  async begin<S extends Subject>(tx: TimelineTransaction, making: Making<S>): Promise<S> {
    const { machine, subject, step } = making;
    const move = await this.moveOf(tx, making, null);
    await step.prepare?.(move);
    subject.status = move.to;
    subject.version = 1;
    subject.createdAt = subject.updatedAt = move.at;
    await tx.manager.insert(machine.entity, subject as never);
    await this.record(move, making);
    return subject;
  }

  private async moveOf<S extends Subject>(tx: TimelineTransaction, making: Making<S>, from: string | null): Promise<Move<S>> {
    const { machine, subject, actor, request, step, engine } = making;
    const about = { roomId: subject.roomId, aggregate: machine.name, id: subject.id };
    const move = {
      tx,
      manager: tx.manager,
      machine,
      subject,
      before: from === null ? null : { ...subject },
      event: request.event,
      from,
      actor,
      actorName: await this.nameOf(tx.manager, actor),
      payload: request.payload ?? {},
      confidential: request.confidential ?? {},
      reason: request.reason ?? null,
      at: this.clock.now(),
      config: this.config,
      fire: <Other extends Subject>(other: Machine<Other, string>, id: string, next: StepRequest) =>
        engine.step(tx, other, SYSTEM, id, next),
      begin: <Other extends Subject>(other: Machine<Other, string>, subject: Other, next: StepRequest) =>
        engine.beginIn(tx, other, SYSTEM, next, subject),
      schedule: (task: string, dueAt: Date) => this.deadlines.set(tx.manager, about, task, dueAt),
      unschedule: (task: string) => this.deadlines.drop(tx.manager, about, (name) => name === task),
    };
    const [first = subject.status] = targetsOf(step);
    return { ...move, to: step.choose?.(move) ?? first };
  }

  private async record<S extends Subject>(move: Move<S>, { machine, step, actor, request, key }: Making<S>): Promise<void> {
    const { tx, subject } = move;
    const id = newId();
    const message = await tx.append({
      roomId: subject.roomId,
      senderId: null,
      kind: step.kind ?? machine.kind,
      content: step.say(move),
      metadata: {
        transitionId: id,
        aggregate: machine.name,
        aggregateId: subject.id,
        event: move.event,
        from: move.from,
        to: move.to,
        version: subject.version,
        actorId: actor.userId,
        ...(move.reason && { reason: move.reason }),
        ...machine.facts?.(subject),
        words: { who: actor.userId && move.actorName, role: actor.role, ...machine.words?.(move) },
      },
      replyToId: null,
      clientId: null,
    });
    const fingerprint = key ? fingerprintOf(request, move.from === null ? null : subject.id) : null;
    await insertTransition(tx.manager, transitionOf(move, message, { id, eventKey: key, fingerprint }));
    const read = actor.userId && (await readOwnStep(tx.manager, subject.roomId, actor.userId, message.sequence));
    if (read) tx.notice(subject.roomId, read);
    await this.setDeadlines(move);
    if (subject.authority === 'HOST') await settleBy(move);
    try {
      for (const effect of step.effects ?? []) await effect.run(move);
      for (const observe of this.machines.observersOf(machine.name)) await observe(move);
    } catch (error) {
      if (actor.source !== 'TIMER') throw error;
      // A timer takes a refusal for an answer; half a step must not stay, so this one is a fault.
      throw new Error(`what follows from ${move.event} of the ${machine.name} was refused`, { cause: error });
    }
  }

  /** Those of the state that it has come to; those of the state that it has left are gone. What only the host moves has none but ours. */
  private async setDeadlines<S extends Subject>({ machine, subject, from, at, manager }: Move<S>): Promise<void> {
    const rules = (machine.deadlines ?? []).filter(({ isOurs }) => isOurs || subject.authority !== 'HOST');
    const about = { roomId: subject.roomId, aggregate: machine.name, id: subject.id };
    const wanted = rules.filter((rule) => rule.in.includes(subject.status));
    const events = new Set(wanted.map((rule) => `event:${rule.event}`));
    if (from !== null) await this.deadlines.drop(manager, about, (task) => task.startsWith('event:') && !events.has(task));
    for (const rule of wanted) {
      const isRunning = from !== null && rule.in.includes(from) && !rule.restarts;
      const due = isRunning ? null : rule.due(subject, at, this.config);
      if (due) await this.deadlines.set(manager, about, `event:${rule.event}`, due);
    }
  }

  private async nameOf(manager: EntityManager, { userId }: Actor): Promise<string> {
    if (!userId) return 'The system';
    return (await namesOf(manager, [userId])).get(userId) ?? 'Somebody';
  }
}

function transitionOf<S extends Subject>(
  { subject, machine, event, from, to, actor, reason, payload, at }: Move<S>,
  message: Message,
  own: Pick<Transition, 'id' | 'eventKey' | 'fingerprint'>,
): Transition {
  return Object.assign(new Transition(), {
    ...own,
    roomId: subject.roomId,
    aggregate: machine.name,
    aggregateId: subject.id,
    version: subject.version,
    event,
    fromStatus: from,
    toStatus: to,
    actorId: actor.userId,
    actorRole: actor.role,
    source: TransitionSource[actor.source],
    reason,
    payload,
    messageId: message.id,
    messageSequence: message.sequence,
    at,
  });
}
