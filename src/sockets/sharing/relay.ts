import type { ReadyStream } from '../../live/ready-stream.js';
import type { NextMessage } from '../frames/next-message.js';
import type { SharedResult } from '../frames/shared-result.js';

interface Way {
  source: ReadyStream<unknown>;
  resultOf: (event: unknown) => SharedResult | null;
  tell: (message: NextMessage) => Promise<void> | void;
  /** Has somebody else wait for the source, if that is possible now, who calls `goOn` when it has to be read here again. */
  standBy: (goOn: (told?: Promise<void>) => void) => boolean;
}

/**
 * Passes on a live stream for as long as all that an event takes is to write what is there already. This is where one message becomes
 * a thousand, so there is no promise on the way unless the client has much to read.
 *
 * @returns the first event that takes more; null when the source has to read on first
 */
export function relay({ source, resultOf, tell, standBy }: Way): Promise<IteratorResult<unknown> | null> {
  const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<unknown> | null>();
  let event: IteratorResult<unknown> | null = null;
  let result: SharedResult | null = null;
  const goOn = (told?: Promise<void>): void => {
    if (told) return void told.then(() => goOn(), reject);
    try {
      for (;;) {
        event ??= source.take();
        if (!event && (standBy(goOn) || source.onReady(goOn))) return;
        if (!event || event.done) return resolve(event);
        result ??= resultOf(event.value);
        if (result && !result.isSettled) return result.onSettled(goOn);
        if (!result?.message) return resolve(event);
        const isBeingTold = tell(result.message);
        event = result = null;
        if (isBeingTold) return goOn(isBeingTold);
      }
    } catch (error) {
      reject(error);
    }
  };
  goOn();
  return promise;
}
