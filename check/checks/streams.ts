import type { HeardEntry, History, Stream } from './history.js';
import type { LoggedMessage, Outcome } from './outcome.js';
import { number, short, type Verdict, verdict } from './verdict.js';

/** Streams of one person in one room, each resumed from where the one before had come. */
class Chain {
  nextSequence = 1;
  readonly known = new Map<string, HeardEntry>();

  constructor(
    readonly name: string,
    private readonly verdicts: Record<'doubled' | 'swapped' | 'missing', Verdict>,
  ) {}

  hear(stream: Stream): void {
    const heard = new Set<number>();
    let latest = stream.after;
    for (const entry of stream.entries) {
      if (heard.has(entry.revision)) this.verdicts.doubled.violations.push(`${this.name} heard ${entry.revision} twice`);
      else if (entry.revision <= latest) this.verdicts.swapped.violations.push(`${this.name} heard ${entry.revision} after ${latest}`);
      heard.add(entry.revision);
      latest = Math.max(latest, entry.revision);
      if (entry.type === 'MessageAdded') this.add(entry.sequence);
      this.known.set(entry.messageId, entry);
    }
  }

  private add(sequence: number): void {
    if (sequence > this.nextSequence) this.miss(this.nextSequence, sequence - 1);
    this.nextSequence = Math.max(this.nextSequence, sequence + 1);
  }

  miss(first: number, last: number): void {
    this.verdicts.missing.violations.push(`${this.name} never heard ${first === last ? first : `${first} to ${last}`}`);
  }
}

/** P4: every later change once, in order, without a seam, and in the end everything as it is. */
export function checkStreams({ streams }: History, { rooms, messages, seats }: Outcome): Verdict[] {
  const doubled = verdict('P4', 'doubled', 'no stream tells a change twice');
  const swapped = verdict('P4', 'swapped', 'changes come in order');
  const missing = verdict('P4', 'missing', 'who resumes misses no message, up to the last');
  const stale = verdict('P4', 'stale', 'in the end each message is known as it is');
  const byRoom = Map.groupBy(messages, (message) => message.roomId);
  const lastSequence = new Map(rooms.map((room) => [room.id, room.lastSequence]));
  const inside = new Set(seats.filter((seat) => seat.isInside).map(({ roomId, userId }) => `${userId} ${roomId}`));
  const chains = Map.groupBy(streams, ({ userId, roomId }) => `${userId} ${roomId}`);
  for (const [key, resumed] of chains) {
    const { userId, roomId } = resumed[0]!;
    const chain = new Chain(`${short(userId)} in room ${short(roomId)}`, { doubled, swapped, missing });
    for (const stream of resumed) chain.hear(stream);
    if (!inside.has(key)) continue;
    const end = lastSequence.get(roomId) ?? 0;
    if (chain.nextSequence <= end) chain.miss(chain.nextSequence, end);
    stale.violations.push(...(byRoom.get(roomId) ?? []).flatMap((message) => staleness(chain, message)));
  }
  const entries = streams.reduce((sum, stream) => sum + stream.entries.length, 0);
  doubled.looked = `${number(entries)} events`;
  swapped.looked = `${number(streams.filter((stream) => stream.entries.length > 0).length)} streams`;
  missing.looked = `${number(chains.size)} chains of streams`;
  stale.looked = `${number(inside.size)} of them at the end`;
  return [doubled, swapped, missing, stale];
}

function staleness(chain: Chain, message: LoggedMessage): string[] {
  const known = chain.known.get(message.id);
  if (!known) return []; // Missing, and said so.
  const isFresh = known.messageRevision === message.revision && known.content === message.content;
  return isFresh ? [] : [`${chain.name} knows ${message.sequence} as of ${known.messageRevision}, not ${message.revision}`];
}

/** Messages that were heard live: from when they were made until they came. In milliseconds, sorted. */
export function waits({ streams }: History, { messages }: Outcome): number[] {
  const createdAt = new Map(messages.map((message) => [message.id, message.createdAt]));
  return streams
    .flatMap((stream) =>
      stream.entries.flatMap(({ type, messageId, at }) => {
        const made = createdAt.get(messageId) ?? Infinity;
        return type === 'MessageAdded' && stream.firstAt !== null && stream.firstAt < made ? [at - made] : [];
      }),
    )
    .sort((a, b) => a - b);
}
