import type { ExecutionResult } from 'graphql';
import { textFrame } from './frame.js';

const TAIL = Buffer.from('}');

/** A result on its way to many subscriptions: the frame that tells it to the one with this id. */
export type NextMessage = (id: string) => Buffer;

/**
 * Written as JSON once. Where the client counts its operations all ids are the same, and so is the frame.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md#next
 */
export function nextMessage(result: ExecutionResult): NextMessage {
  const json = Buffer.from(JSON.stringify(result));
  let [lastId, frame]: [string | null, Buffer] = [null, json];
  return (id) => {
    if (id === lastId) return frame;
    lastId = id;
    frame = textFrame(Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`), json, TAIL);
    return frame;
  };
}
