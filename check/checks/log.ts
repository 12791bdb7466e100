import type { Change, History, Send } from './history.js';
import type { LoggedMessage, Outcome } from './outcome.js';
import { number, short, type Verdict, verdict } from './verdict.js';

const keyOf = (roomId: string, userId: string | null, clientId: string | null): string => `${roomId} ${userId} ${clientId}`;
const about = (message: { roomId: string; sequence?: number }): string => `message ${message.sequence} in room ${short(message.roomId)}`;

/** P1: what was acknowledged is there, and nothing else is. */
export function checkDurability({ sends, changes }: History, { messages }: Outcome): Verdict[] {
  const lost = verdict('P1', 'lost', 'what was acknowledged is in the log');
  const phantom = verdict('P1', 'phantom', 'what is in the log was sent, and not refused');
  const altered = verdict('P1', 'altered', 'it says what was sent, or what the last edit said');
  const byId = new Map(messages.map((message) => [message.id, message]));
  const acknowledged = sends.filter((send) => send.refusal === null);
  for (const send of acknowledged) {
    const found = byId.get(send.messageId ?? '');
    if (found?.sequence !== send.sequence || found?.senderId !== send.userId) lost.violations.push(`${about(send)} is gone`);
  }
  const attempts = Map.groupBy(sends, (send) => keyOf(send.roomId, send.userId, send.clientId));
  const changesOf = Map.groupBy(changes, (change) => change.messageId);
  const said = messages.filter((message) => message.kind !== 'SYSTEM');
  for (const message of said) {
    const own = attempts.get(keyOf(message.roomId, message.senderId, message.clientId)) ?? [];
    if (own.length === 0) phantom.violations.push(`${about(message)} was sent by nobody`);
    else if (own.every((send) => send.refusal !== null && send.unknown === 0)) phantom.violations.push(`${about(message)} was refused`);
    else altered.violations.push(...alterations(message, own[0]!, changesOf.get(message.id) ?? []));
  }
  lost.looked = `${number(acknowledged.length)} acknowledged`;
  phantom.looked = `${number(said.length)} in the log`;
  altered.looked = `${number(changes.length)} changes`;
  return [lost, phantom, altered];
}

function alterations(message: LoggedMessage, send: Send, changes: Change[]): string[] {
  const done = (change: Change) => change.refusal === null;
  const possible = (change: Change) => done(change) || change.unknown > 0;
  const deletions = changes.filter(({ kind }) => kind === 'delete');
  if (message.isDeleted) return deletions.some(possible) ? [] : [`${about(message)} was deleted by nobody`];
  if (deletions.some(done)) return [`${about(message)} was deleted, and is there`];
  const edits = changes.filter(({ kind }) => kind === 'edit');
  const last = edits
    .filter(done)
    .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0))
    .at(-1);
  const isExpected = message.content === (last?.content ?? send.content);
  const isPossible = edits.some((edit) => edit.unknown > 0 && edit.content === message.content);
  return isExpected || isPossible ? [] : [`${about(message)} says something else`];
}

/** P2: the sequence of each room is 1, 2, 3… */
export function checkSequence({ rooms, messages }: Outcome): Verdict[] {
  const hole = verdict('P2', 'hole', 'sequences count 1, 2, 3… in each room');
  const order = verdict('P2', 'disorder', 'revisions ascend with them, up to the head of the room');
  const ofRoom = Map.groupBy(messages, (message) => message.roomId);
  for (const room of rooms) {
    const log = (ofRoom.get(room.id) ?? []).toSorted((a, b) => a.sequence - b.sequence);
    log.forEach(({ sequence }, at) => {
      const expected = (log[at - 1]?.sequence ?? 0) + 1;
      if (sequence !== expected) hole.violations.push(`room ${short(room.id)} has ${sequence} where ${expected} belongs`);
    });
    if ((log.at(-1)?.sequence ?? 0) !== room.lastSequence)
      hole.violations.push(`room ${short(room.id)} says that it ends at ${room.lastSequence}`);
    const isAscending = log.every(({ createdRevision }, at) => at === 0 || createdRevision > log[at - 1]!.createdRevision);
    const revisions = new Set(log.map(({ revision }) => revision));
    const head = Math.max(0, ...revisions);
    if (!isAscending || revisions.size !== log.length || head !== room.revision) order.violations.push(`room ${short(room.id)}: revisions`);
  }
  hole.looked = `${number(messages.length)} messages`;
  order.looked = `${number(rooms.length)} rooms`;
  return [hole, order];
}

/** P3: one key, one message, one answer. */
export function checkRetries({ sends }: History, { messages }: Outcome): Verdict[] {
  const twice = verdict('P3', 'sent twice', 'one clientId is one message, whoever answered');
  const answers = Map.groupBy(sends, (send) => keyOf(send.roomId, send.userId, send.clientId));
  for (const attempts of answers.values()) {
    const ids = new Set(attempts.filter((send) => send.refusal === null).map((send) => send.messageId));
    if (ids.size > 1) twice.violations.push(`${about(attempts[0]!)} was acknowledged as ${ids.size} messages`);
  }
  const keyed = Map.groupBy(
    messages.filter((message) => message.clientId !== null),
    (message) => keyOf(message.roomId, message.senderId, message.clientId),
  );
  for (const same of keyed.values()) if (same.length > 1) twice.violations.push(`${about(same[1]!)} repeats ${same[0]!.sequence}`);
  const repeated = sends.filter((send) => send.unknown > 0).length + sends.length - answers.size;
  twice.looked = `${number(repeated)} repeated sends`;
  return [twice];
}
