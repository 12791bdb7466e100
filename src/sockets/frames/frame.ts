const FINAL_TEXT = 0x81;
const MAX_TINY = 125;
const MAX_SHORT = 0xffff;
const SHORT = 126;
const LONG = 127;

/**
 * A text as a server sends it over a WebSocket, in one piece. `ws` would write the head of the frame and the text as two, and that
 * costs the kernel more than the copy here, for every listener.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6455#section-5.2
 */
export function textFrame(...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const frame = Buffer.allocUnsafe(headSize(length) + length);
  frame[0] = FINAL_TEXT;
  let at = writeLength(frame, length);
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function headSize(length: number): number {
  if (length <= MAX_TINY) return 2;
  return length <= MAX_SHORT ? 4 : 10;
}

/** @returns where the text begins */
function writeLength(frame: Buffer, length: number): number {
  if (length <= MAX_TINY) return frame.writeUInt8(length, 1);
  if (length <= MAX_SHORT) return frame.writeUInt16BE(length, frame.writeUInt8(SHORT, 1));
  return frame.writeBigUInt64BE(BigInt(length), frame.writeUInt8(LONG, 1));
}
