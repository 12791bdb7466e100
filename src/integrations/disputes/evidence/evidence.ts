import { hash } from 'node:crypto';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import type { DisputeEvidence } from '../dispute/dispute-file.entity.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

function write(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key]!)}`).join(',')}}`;
}

/**
 * One text for one value, so that it can be hashed: no white space, the keys of each object sorted by their UTF-16 code units, strings and
 * numbers as ECMAScript's `JSON.stringify` writes them. Keys without a value are left out, and times are ISO 8601 in UTC.
 *
 * @see RFC 8785 (JSON Canonicalization Scheme)
 */
export const canonical = (value: object): string => write(JSON.parse(JSON.stringify(value)) as Json);

/** Of the canonical text in UTF-8. */
export const sha256Of = (text: string): Buffer => hash('sha256', text, 'buffer');

/** What is handed in, frozen; whoever has the copy can compute its hash. */
export function freeze(copy: Metadata): Pick<DisputeEvidence, 'copy' | 'sha256'> {
  return { copy, sha256: sha256Of(canonical(copy)) };
}

/** Whether it says what it said when it was handed in: in this dispute, by this person, at this time, with this content. */
export function isIntact({ disputeId, messageId, byId, at, copy, sha256 }: DisputeEvidence): boolean {
  const own = { disputeId, by: byId, at: at.toISOString(), ...(messageId && { messageId }) };
  return sha256Of(canonical(copy)).equals(sha256) && canonical({ ...copy, ...own }) === canonical(copy);
}
