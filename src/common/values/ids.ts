import { randomFillSync, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES_PER_ID = 16;
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;

/** Asking the system for sixteen bytes costs more than all the rest of an id, so many are drawn at once. */
function randomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES_PER_ID;
  return pool.subarray(used - BYTES_PER_ID, used);
}

/** @see RFC 9562, 6.2, method 1: a counter of 31 random bits, anew for each millisecond */
export function idsBy(now: () => number): () => string {
  let msecs = 0;
  let seq = 0;
  return () => {
    const random = randomBytes();
    const at = now();
    if (at > msecs) {
      msecs = at;
      seq = ((random[6]! & 0x7f) << 24) | (random[7]! << 16) | (random[8]! << 8) | random[9]!;
    } else {
      // Also where the clock was set back.
      seq += 1;
    }
    return v7({ random, msecs, seq });
  };
}

/**
 * UUIDv7: unique on any node, and ascending in time, so that indexes grow at one end. What one process makes ascends without exception:
 * whoever sorts by id sees things as they were made, also those of one commit.
 */
export const newId = idsBy(Date.now);

/** What was made before that moment has a lower id, on whatever node. */
export function firstIdAt(at: Date): string {
  const ms = at.getTime().toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A malformed id is an id that nothing has: callers answer NOT_FOUND and never ask the database. */
export const isId = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);

/** Crockford's base 32: no I, L, O or U, so that a code survives being read out over the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A readable room code such as "ORD-7F3K9QX2": 40 bits, and unique by constraint. */
export function newRoomCode(prefix: string): string {
  let code = '';
  for (let i = 0; i < 8; i++) code += ALPHABET[randomInt(ALPHABET.length)];
  return `${prefix}-${code}`;
}
