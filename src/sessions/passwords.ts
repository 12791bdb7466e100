import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** argon2id with the parameters that OWASP recommends, which are the library's own: 19 MiB, two passes, one lane. */
export const hashPassword = (password: string): Promise<string> => hash(password);

let decoy: Promise<string> | undefined;

/** Without an account the same work is done on a hash that nothing matches, so that the time tells nothing. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  // Made at the first sign-in, whoever that is.
  const impossible = await (decoy ??= hashPassword(randomBytes(32).toString('base64')));
  const isRight = await verify(passwordHash ?? impossible, password);
  return passwordHash !== undefined && isRight;
}
