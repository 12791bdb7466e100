import { createUnionType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { LogEntry } from '../live/hub/log.js';
import { PresenceChanged } from '../live/presence-changed.js';
import { Resync, type StreamItem } from '../live/stream.js';
import { TypingChanged } from '../live/typing-changed.js';
import { ParticipantChanged } from '../participants/seats/participant.entity.js';
import { MessageAdded, MessageChanged } from '../timeline/log/entry.js';
import { noticeOf } from '../timeline/log/notice.js';
import { ReceiptAdvanced } from '../timeline/log/read-position.js';
import { RoomChanged } from './room/room.entity.js';

@ObjectType({ description: 'The stream could not keep up and ends here. Read the room anew, then resume with `after: revision`.' })
export class ResyncRequired {
  @Field(() => Int, { description: 'The last one that this stream has told.' })
  readonly revision: number;

  constructor(revision: number) {
    this.revision = revision;
  }
}

export const RoomEvent = createUnionType({
  name: 'RoomEvent',
  description:
    'All that happens in a room. MessageAdded and MessageChanged carry the revision to resume from; the others tell of the present state.',
  types: () =>
    [
      MessageAdded,
      MessageChanged,
      ParticipantChanged,
      ReceiptAdvanced,
      TypingChanged,
      PresenceChanged,
      RoomChanged,
      ResyncRequired,
    ] as const,
});

export type RoomEventObject =
  MessageAdded | MessageChanged | ParticipantChanged | ReceiptAdvanced | TypingChanged | PresenceChanged | RoomChanged | ResyncRequired;

@ObjectType({ description: 'What changed in a room since a revision: the polling fallback of `roomEvents`.' })
export class RoomChanges {
  @Field(() => Int, { description: 'Ask next with `after` set to this.' })
  revision: number;

  @Field(() => Boolean, { description: 'There is more: ask again at once.' })
  hasMore: boolean;

  @Field(() => [RoomEvent])
  events: RoomEventObject[];
}

/** One list per entry, whoever asks: what is the same event is the same object. */
const known = new WeakMap<LogEntry, RoomEventObject[]>();

/**
 * The events of one entry of the log. A notice is preceded by the state that it changed; that event carries no revision, so that a
 * break between the two repeats it and loses nothing.
 */
export function eventsOf(entry: LogEntry): RoomEventObject[] {
  let events = known.get(entry);
  if (!events) {
    events = [...stateEvents(entry), entry];
    known.set(entry, events);
  }
  return events;
}

function stateEvents(entry: LogEntry): RoomEventObject[] {
  const notice = entry instanceof MessageAdded ? noticeOf(entry.message) : null;
  if (!notice || !(entry instanceof MessageAdded)) return [];
  const { roomId } = entry.message;
  return notice.userId ? [new ParticipantChanged(roomId, notice.userId)] : [new RoomChanged(roomId)];
}

/** An item of a room's stream as the API tells it. */
function toEvents(item: StreamItem): RoomEventObject[] {
  if (item instanceof Resync) return [new ResyncRequired(item.revision)];
  if (item instanceof ReceiptAdvanced || item instanceof TypingChanged || item instanceof PresenceChanged) return [item];
  return 'revision' in item ? eventsOf(item) : [];
}

/** How `roomEvents` hands on an event: streams with different horizons share nothing. */
interface RoomEventEnvelope {
  readonly roomEvents: RoomEventObject;
  readonly scope: number;
}

let last: { item: StreamItem; horizon: number; envelopes: readonly RoomEventEnvelope[] } | null = null;

/** Kept until another is asked for: what happens in a room is told to one listener after the other. */
export function envelopesOf(item: StreamItem, horizon: number): readonly RoomEventEnvelope[] {
  if (last?.item !== item || last.horizon !== horizon) {
    last = { item, horizon, envelopes: toEvents(item).map((roomEvents) => ({ roomEvents, scope: horizon })) };
  }
  return last.envelopes;
}
