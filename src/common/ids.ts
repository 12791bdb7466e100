import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';

/** UUIDv7: unique on any node, and ascending in time, so that indexes grow at one end. @see RFC 9562 */
export const newId = (): string => v7();

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
