/**
 * A stream that can also be read without promises. What happens in a room happens to everybody in it at once, and a few promises for
 * each of them would cost more than all else on the way to a socket.
 */
export interface ReadyStream<Value> extends AsyncIterableIterator<Value> {
  /** What is there at this moment; null when one has to wait. */
  take(): IteratorResult<Value> | null;
  /** Calls back once, as soon as there may be something to take. False where the rest has to be read first: `next` does that. */
  onReady(wake: () => void): boolean;
}

export const isReadyStream = (stream: object): stream is ReadyStream<unknown> => 'take' in stream && 'onReady' in stream;
