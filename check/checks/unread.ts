import type { History } from './history.js';
import type { Outcome } from './outcome.js';
import { number, short, type Verdict, verdict } from './verdict.js';

/** Unread counts stop here. */
const CAP = 1_000;

/** P6: what people are told is what the log and their position say, and positions never go back. */
export function checkUnread({ marks, streams, sends }: History, { messages, seats, told, badges }: Outcome): Verdict[] {
  const drifted = verdict('P6', 'drifted', 'unread counts are what one counts by hand');
  const backwards = verdict('P6', 'backwards', 'read positions never go back');
  const byRoom = Map.groupBy(messages, (message) => message.roomId);
  const toldOf = new Map(told.map((side) => [`${side.userId} ${side.roomId}`, side]));
  const totals = new Map<string, number>();
  for (const { roomId, userId, lastRead, markedFrom, horizon } of seats.filter((seat) => seat.isInside)) {
    const from = Math.max(markedFrom ?? lastRead, horizon);
    const counts = (byRoom.get(roomId) ?? []).filter(
      ({ sequence, kind, isDeleted, senderId }) => sequence > from && kind !== 'SYSTEM' && !isDeleted && senderId !== userId,
    );
    const unread = Math.min(CAP, counts.length);
    totals.set(userId, (totals.get(userId) ?? 0) + unread);
    const side = toldOf.get(`${userId} ${roomId}`);
    if (side?.unread !== unread || side.lastRead !== lastRead)
      drifted.violations.push(`${short(userId)} in room ${short(roomId)}: ${unread} unread, ${side?.unread} told`);
  }
  for (const { userId, total } of badges)
    if (total !== (totals.get(userId) ?? 0))
      drifted.violations.push(`${short(userId)}: a badge of ${total}, not ${totals.get(userId) ?? 0}`);
  backwards.violations.push(...retreats(marks, sends, seats));
  const streamed = streams.reduce((sum, stream) => sum + stream.backwards, 0);
  if (streamed > 0) backwards.violations.push(`${streamed} times in streams`);
  drifted.looked = `${number(told.length)} counts, ${number(badges.length)} badges`;
  backwards.looked = `${number(marks.length)} marks`;
  return [drifted, backwards];
}

/** A position covers what was marked or said before the call, and what an earlier answer had said; the final one covers all. */
function retreats(marks: History['marks'], sends: History['sends'], seats: Outcome['seats']): string[] {
  const found: string[] = [];
  for (const { roomId, userId, lastRead } of seats) {
    const of = <Item extends { roomId: string; userId: string }>(items: Item[]) =>
      items.filter((item) => item.roomId === roomId && item.userId === userId);
    const answers = of(marks).filter((mark) => mark.position !== undefined);
    const known = [
      ...answers.map(({ to, position }) => ({ to, position: position! })),
      ...of(sends).map(({ to, sequence = 0 }) => ({ to, position: sequence })),
    ].sort((a, b) => a.to - b.to);
    const name = `${short(userId)} in room ${short(roomId)}`;
    let at = 0;
    let reached = 0;
    for (const { from, position } of answers.toSorted((a, b) => a.from - b.from)) {
      for (; known[at] && known[at]!.to < from; at++) reached = Math.max(reached, known[at]!.position);
      if (position! < reached) found.push(`${name}: from ${reached} to ${position}`);
    }
    const last = Math.max(0, ...known.map(({ position }) => position));
    if (lastRead < last) found.push(`${name}: from ${last} to ${lastRead} in the end`);
  }
  return found;
}
