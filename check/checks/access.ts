import type { Fault, History } from './history.js';
import type { LoggedMessage, Outcome } from './outcome.js';
import { number, short, type Verdict, verdict } from './verdict.js';

/** The promise, and what a busy machine adds to it. */
export const WITHIN_MS = 1_000;
const LATITUDE_MS = 500;
/** A node that was cut off from its database, or stopped, needs so long to be itself again. */
const RECOVERY_MS = 3_000;

const LOSS = new Set(['participant.removed', 'participant.left', 'participant.blocked']);
const ENDING = new Set(['removed', 'blocked', 'left']);
const GAIN = new Set(['participant.added', 'participant.joined', 'participant.unblocked']);

/** A time that somebody spent outside of a room. */
interface Absence {
  userId: string;
  notice: LoggedMessage;
  /** Infinity: until the end. */
  backAt: number;
  backSequence: number;
  /** The loss was certainly committed, because somebody knew of it; Infinity where nobody did. */
  knownAt: number;
}

function absences({ access, streams }: History, { messages }: Outcome): Absence[] {
  const notices = messages.filter(({ event, userId }) => userId !== null && event !== null && (LOSS.has(event) || GAIN.has(event)));
  const heardAt = new Map<string, number>();
  for (const { entries } of streams)
    for (const { messageId, at } of entries) heardAt.set(messageId, Math.min(at, heardAt.get(messageId) ?? Infinity));
  const found: Absence[] = [];
  for (const ofOne of Map.groupBy(notices, ({ roomId, userId }) => `${roomId} ${userId}`).values()) {
    const inOrder = ofOne.toSorted((a, b) => a.sequence - b.sequence);
    inOrder.forEach((notice, at) => {
      const previous = inOrder[at - 1];
      if (!LOSS.has(notice.event ?? '') || LOSS.has(previous?.event ?? '')) return;
      const back = inOrder.slice(at).find(({ event }) => GAIN.has(event ?? ''));
      const answered = access
        .filter(({ kind, roomId, userId }) => ENDING.has(kind) && roomId === notice.roomId && userId === notice.userId)
        .filter(({ refusal, from, to }) => refusal === null && from <= notice.createdAt + 1 && to >= notice.createdAt)
        .map(({ to }) => to);
      const knownAt = Math.min(heardAt.get(notice.id) ?? Infinity, ...answered);
      const backAt = back?.createdAt ?? Infinity;
      found.push({ userId: notice.userId!, notice, backAt: Math.floor(backAt), backSequence: back?.sequence ?? Infinity, knownAt });
    });
  }
  return found;
}

/** For how long, between two moments, a node could not have known. */
export function stalledMs(faults: readonly Fault[], node: number, from: number, to: number): number {
  let stalled = 0;
  let until = from;
  const spans = faults
    .filter((fault) => fault.stalls && (fault.node === null || fault.node === node))
    .map((fault) => ({ from: fault.from, to: fault.to + RECOVERY_MS }))
    .sort((a, b) => a.from - b.from);
  for (const span of spans) {
    const start = Math.max(span.from, until);
    const end = Math.min(span.to, to);
    if (end <= start) continue;
    stalled += end - start;
    until = end;
  }
  return stalled;
}

/** P5: who loses access hears, reads and says nothing that is later. */
export function checkAccess(history: History, outcome: Outcome): { verdicts: Verdict[]; slowestMs: number } {
  const leaked = verdict('P5', 'leaked', 'a stream tells nothing later than the loss of access');
  const lingering = verdict('P5', 'lingering', 'it ends within 1 s');
  const read = verdict('P5', 'read', 'nobody outside reads a room, 1 s after the loss');
  const spoken = verdict('P5', 'spoken', 'nobody outside speaks in a room');
  const { streams, reads, faults } = history;
  const streamsOf = Map.groupBy(streams, ({ userId, roomId }) => `${roomId} ${userId}`);
  const readsOf = Map.groupBy(reads, ({ userId, roomId }) => `${roomId} ${userId}`);
  const saidBy = Map.groupBy(outcome.messages, ({ senderId, roomId }) => `${roomId} ${senderId}`);
  let slowestMs = 0;
  let ended = 0;
  let refused = 0;
  const all = absences(history, outcome);
  for (const { userId, notice, backAt, backSequence, knownAt } of all) {
    const key = `${notice.roomId} ${userId}`;
    const name = `${short(userId)}, out of room ${short(notice.roomId)} at ${notice.sequence}`;
    for (const stream of streamsOf.get(key) ?? []) {
      const later = stream.entries.filter(({ revision, at }) => revision > notice.createdRevision && at < backAt);
      if (later.length > 0) leaked.violations.push(`${name}, heard ${later.length} later changes`);
      if (stream.firstAt === null || stream.firstAt >= notice.createdAt || knownAt === Infinity) continue;
      const endedAt = stream.endedAt ?? Infinity;
      if (endedAt < knownAt || backAt < knownAt + WITHIN_MS + LATITUDE_MS) continue;
      ended++;
      const lateMs = endedAt - knownAt - stalledMs(faults, stream.node, knownAt, Math.min(endedAt, backAt));
      slowestMs = Math.max(slowestMs, lateMs);
      if (lateMs > WITHIN_MS + LATITUDE_MS) lingering.violations.push(`${name}, had a stream for ${lateMs} ms more`);
    }
    for (const { from, to, refusal, unknown, node } of readsOf.get(key) ?? []) {
      if (from < knownAt || to >= backAt || unknown > 0) continue;
      if (refusal !== null) refused++;
      else if (from - knownAt - stalledMs(faults, node, knownAt, from) > WITHIN_MS + LATITUDE_MS)
        read.violations.push(`${name}, read it ${from - knownAt} ms later`);
    }
    const said = (saidBy.get(key) ?? []).filter(({ sequence }) => sequence > notice.sequence && sequence < backSequence);
    if (said.length > 0) spoken.violations.push(`${name}, said ${said.length} things`);
  }
  leaked.looked = `${number(all.length)} losses`;
  lingering.looked = `${number(ended)} streams cut off`;
  read.looked = `${number(refused)} reads refused`;
  spoken.looked = `${number(outcome.messages.length)} messages`;
  return { verdicts: [leaked, lingering, read, spoken], slowestMs };
}
