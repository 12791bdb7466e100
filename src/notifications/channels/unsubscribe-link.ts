import { isId } from '../../common/values/ids.js';
import { seal, unseal } from '../../common/sealed.js';
import { Locale } from '../../wording/locale.js';

export const UNSUBSCRIBE_PATH = '/notifications/unsubscribe';

const OWNER = 'unsubscribe';

export interface Unsubscriber {
  userId: string;
  locale: Locale;
}

/** Of one person and without an end: an e-mail lies about for years. */
export function unsubscribeLink(publicUrl: string, secretsKey: string, { userId, locale }: Unsubscriber): string {
  const token = Buffer.from(seal(secretsKey, OWNER, `${locale} ${userId}`), 'base64').toString('base64url');
  return `${publicUrl.replace(/\/$/, '')}${UNSUBSCRIBE_PATH}?token=${token}`;
}

/** Whom a token is of; null where it is none of ours. */
export function unsubscriberOf(secretsKey: string, token: string): Unsubscriber | null {
  try {
    const [locale, userId] = unseal(secretsKey, OWNER, token).split(' ');
    return isId(userId) && locale !== undefined && locale in Locale ? { userId, locale: locale as Locale } : null;
  } catch {
    return null;
  }
}
