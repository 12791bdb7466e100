import { Webhook } from 'standardwebhooks';
import { seal, unseal } from '../../../common/sealed.js';
import type { SealedSecret, WebhookEndpoint } from './webhook-endpoint.entity.js';

export const sealedFor = (endpointId: string, secretsKey: string, secret: string): SealedSecret => ({
  sealed: seal(secretsKey, endpointId, secret),
  notAfter: null,
});

const holdsAt =
  (now: Date) =>
  ({ notAfter }: SealedSecret): boolean =>
    notAfter === null || new Date(notAfter) > now;

/** Those that still sign. */
export const secretsAt = (secrets: readonly SealedSecret[], now: Date): SealedSecret[] => secrets.filter(holdsAt(now));

interface Outgoing {
  id: string;
  attempt: number;
  body: string;
  /** Of the attempt. */
  at: Date;
}

/** One signature for each secret that holds, so that a receiver may know any of them. @see https://www.standardwebhooks.com */
export function signedHeaders(endpoint: WebhookEndpoint, secretsKey: string, { id, attempt, body, at }: Outgoing) {
  const { id: endpointId, secrets, apiVersion } = endpoint;
  const signatures = secretsAt(secrets, at).map(({ sealed }) => new Webhook(unseal(secretsKey, endpointId, sealed)).sign(id, at, body));
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Parley',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
    'webhook-attempt': String(attempt),
    'parley-version': apiVersion,
  };
}
