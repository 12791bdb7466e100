import { createECDH, createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { url } from './url.js';

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** What Google gives for a service account, as the text of a file. */
export const serviceAccount = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(
    z.object({
      project_id: z.string().min(1),
      client_email: z.string().min(1),
      private_key: z.string().refine(isPrivateKey, 'private_key is none'),
      token_uri: url('http:', 'https:').default('https://oauth2.googleapis.com/token'),
    }),
  );

/** Both in base64url, on the curve of Web Push. @see RFC 8292 */
export function isPair(publicKey: string, privateKey: string): boolean {
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(privateKey, 'base64url');
    return pair.getPublicKey('base64url') === publicKey;
  } catch {
    return false;
  }
}
