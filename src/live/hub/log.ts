import type { Topic } from '../bus/bus.js';

/**
 * One change of a room, as the log knows it. A message has one entry for its creation and one for its latest change;
 * a revision whose change was overtaken by a later one has no entry.
 */
export interface LogEntry {
  /** Where in the room's history this change stands, and where a client resumes. */
  readonly revision: number;
  /** Of the message concerned: what lies before a listener's horizon is not for them. */
  readonly sequence: number;
  /** When it was committed, where its delivery is timed; null for changes of earlier messages. */
  readonly committedAt: Date | null;
  /** Who hears nothing that comes later: one person, everybody, or nobody. */
  readonly cutsOff: string | 'everybody' | null;
}

/** What passes and leaves no trace in the log: read positions, typing, presence. */
export interface PassingState {
  readonly userId: string;
  /** Of what only grows: a listener that knows all of them already, or later ones, is not told. */
  readonly positions?: readonly number[];
  /** For a change of one person's own view: from now on messages up to here are hidden from them. Nobody is told. */
  readonly hidesUpTo?: number;
  /** For what ends by itself unless it is renewed in time: what it then becomes. Null: it has ended. */
  readonly lapse?: { afterMs: number; to: PassingState } | null;
}

/** What a node tells the others about a room. */
export type RoomSignal<Entry extends LogEntry = LogEntry, State extends PassingState = PassingState> =
  { entries: Entry[] } | { state: State };

export const roomTopic = (roomId: string, revive?: (json: unknown) => RoomSignal): Topic<RoomSignal> => ({
  name: `room:${roomId}`,
  revive,
});

/** Who reads the log. A visitor is platform staff that needs no seat in the room. */
export interface Reader {
  userId: string;
  isVisitor: boolean;
}

export interface LogPage {
  /** The room's revision in the same snapshot as the entries: without `hasMore`, everything up to it is known. */
  head: number;
  /** In the order of `revision`. */
  entries: LogEntry[];
  hasMore: boolean;
  /** Null when the reader has no access in this snapshot. The horizon is the last sequence that is hidden from them. */
  access: { horizon: number } | null;
}

/** Where hubs and streams read what they missed. The timeline implements it. */
export abstract class RoomLog {
  /** At most `limit` entries after a revision. Without a reader (a hub filling a hole) access is not judged. */
  abstract read(roomId: string, after: number, limit: number, reader?: Reader): Promise<LogPage>;
  /** The revisions of many rooms at this moment, in one statement. */
  abstract heads(roomIds: readonly string[]): Promise<Map<string, number>>;
  /** A signal that came from another node as JSON. */
  abstract revive(json: unknown): RoomSignal;
  /** The read positions of everybody in the room, for a stream that starts. */
  abstract positions(roomId: string): Promise<PassingState[]>;
  /** The same of many rooms at this moment, in one statement. */
  abstract positionsIn(roomIds: readonly string[]): Promise<Map<string, PassingState[]>>;
}
