import type { JWTPayload } from 'jose';
import { isId } from '../common/values/ids.js';
import { countCharacters, textProblem } from '../common/text/text.js';
import { PlatformRole } from '../policy/roles.js';

/** Who our own sign-in says it is, in `iss`. */
export const OWN_ISSUER = 'parley';

/** What a verified token says, fit for the database. */
export interface Claims {
  /** The host's id of the person. */
  externalId: string;
  /** Null when the token does not say. */
  displayName: string | null;
  /** Null when the token does not say, or says something that is no address. */
  email: string | null;
  role: PlatformRole;
  /** Of a local sign-in; null for a token of the host. */
  sessionId: string | null;
  expiresAt: Date;
}

const MAX_EXTERNAL_ID = 255;
const MAX_NAME = 200;
const MAX_EMAIL = 320;
/** The last moment that a `Date` of four-digit years can say, in seconds. */
const END_OF_TIME = 253_402_300_799;

/** A name is shown, not compared: what cannot be stored or seen is taken out instead of locking the person out. */
function cleanName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const visible = value
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const fits = countCharacters(visible) <= MAX_NAME ? visible : [...visible].slice(0, MAX_NAME).join('').trimEnd();
  return fits || null;
}

/** The name of somebody who came without one. */
export const nameFromId = (externalId: string): string => cleanName(externalId) ?? 'Unnamed';

function cleanEmail(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const email = value.trim();
  return textProblem(email, { min: 3, max: MAX_EMAIL }) === undefined && email.includes('@') ? email : null;
}

const isPlatformRole = (value: unknown): value is PlatformRole => Object.values<unknown>(PlatformRole).includes(value);

/**
 * Our own token carries a session. A host may share our secret or call itself "parley" in its own tokens:
 * only both marks make a token ours, and the session is then looked up with its person.
 */
export const isOwn = (payload: JWTPayload): boolean => payload.iss === OWN_ISSUER && payload['sid'] !== undefined;

/** @throws TypeError that says which claim is not acceptable */
export function readClaims(payload: JWTPayload, ours: boolean): Claims {
  const { sub, exp, name, email } = payload;
  const { role = null, sid } = payload;
  if (textProblem(sub, { min: 1, max: MAX_EXTERNAL_ID })) throw new TypeError('sub');
  if (exp === undefined) throw new TypeError('exp');
  if (role !== null && !isPlatformRole(role)) throw new TypeError('role');
  if (ours && !isId(sid)) throw new TypeError('sid');
  return {
    externalId: sub as string,
    displayName: cleanName(name),
    email: cleanEmail(email),
    role: role ?? PlatformRole.USER,
    sessionId: ours ? (sid as string) : null,
    expiresAt: new Date(Math.min(exp, END_OF_TIME) * 1000),
  };
}
