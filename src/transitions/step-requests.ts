import { namesOf } from '../participants/seats/participants.queries.js';
import { noticeDraft } from '../timeline/log/notice.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import { type Actor, isTerminal, type Machine, type Move, type StepRequest } from './machine/machine.js';
import { askForStep, settleBegun, settleRequests } from './log/step-requests.queries.js';
import type { Subject } from './machine/subject.js';
import { fingerprintOf } from './log/transitions.queries.js';

/** "cancel the order"; what begins beside it, such as `delivery.create`, is "create the delivery". */
export function wordsFor(event: string, aggregate: string): string {
  const [what, verb] = event.includes('.') ? event.split('.', 2) : [aggregate, event];
  return `${verb} the ${what}`.replaceAll('_', ' ');
}

/** Says to everybody in the room (the subject's, unless it is another), and through it to the host, what somebody wants; the subject stays as it is. */
export async function askHost<S extends Subject>(
  tx: TimelineTransaction,
  asking: { machine: Machine<S, string>; subject: S; actor: Actor; request: StepRequest; key: string | null; at: Date; roomId?: string },
): Promise<void> {
  const { machine, subject, actor, request, key, at, roomId = subject.roomId } = asking;
  const { event, payload = {}, reason = null } = request;
  const asked = { event, actorId: actor.userId!, reason, payload, at, key, fingerprint: fingerprintOf(request, subject.id) };
  const id = await askForStep(tx.manager, { roomId, aggregate: machine.name, id: subject.id }, asked);
  if (id === null) return;
  const names = await namesOf(tx.manager, [asked.actorId]);
  const about = { requestId: id, aggregate: machine.name, aggregateId: subject.id, requested: event, payload, ...(reason && { reason }) };
  const who = names.get(asked.actorId) ?? 'Somebody';
  const words = { who, requested: event, aggregate: machine.name };
  const text = `${who} asked to ${wordsFor(event, machine.name)}`;
  await tx.append(noticeDraft(roomId, text, { event: 'transition.requested', actorId: actor.userId, ...about, words }));
}

/** What a step of something that only the host moves makes of the requests about it, and about what it belongs to. */
export async function settleBy<S extends Subject>({ machine, subject, event, payload, from, manager }: Move<S>): Promise<void> {
  const stillPossible = machine.steps.filter((step) => step.from.includes(subject.status)).map((step) => step.event);
  const isOver = isTerminal(machine, subject.status);
  await settleRequests(manager, { aggregate: machine.name, id: subject.id }, { event, payload }, { stillPossible, isOver });
  const whole = from === null ? machine.partOf?.(subject) : undefined;
  if (whole) await settleBegun(manager, { ...whole, roomId: subject.roomId }, { event: `${machine.name}.${event}`, payload });
}
