import type { RoomHub } from './hub/hub.js';
import type { LogEntry, PassingState } from './hub/log.js';

export type HubItem = LogEntry | PassingState;

/**
 * A stream that can also be read without promises. What happens in a room happens to everybody in it at once, and a few promises for
 * each of them would cost more than all else on the way to a socket.
 */
export interface ReadyStream<Value> extends AsyncIterableIterator<Value> {
  /** What is there at this moment; null when one has to wait. */
  take(): IteratorResult<Value> | null;
  /** Calls back once, as soon as there may be something to take. False where the rest has to be read first: `next` does that. */
  onReady(wake: () => void): boolean;
  /** Null unless it is live and has told everything. */
  rest(): RestingStream<Value> | null;
}

/** A live stream that has told everything: until something happens it is like all others of its room. */
export interface RestingStream<Value> {
  readonly hub: RoomHub;
  /** The last revision that it has handed out or passed over. */
  readonly position: number;
  /** Messages up to this sequence are hidden from its reader. */
  readonly horizon: number;
  /** What it makes of something that happens. */
  wordsFor(item: HubItem): readonly Value[];
  /** Whether this is later than what it was told at its start. */
  isNews(state: PassingState): boolean;
  /** From now on somebody else hears for it, who is told when it ends. */
  leaveTo(standIn: { forget: () => void }): void;
  /** It hears for itself again: up to `position` it knows everything, and these come next. */
  resume(position: number, items: readonly HubItem[]): void;
}

export const isReadyStream = (stream: object): stream is ReadyStream<unknown> => 'take' in stream && 'onReady' in stream;
