import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { unseal } from '../../../common/sealed.js';
import { type InboundSecret, type Integration, SignatureScheme } from './integration.entity.js';

interface Signed {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** When it came. */
  at: Date;
}

/** The text that was signed by somebody who knows a secret, and the id that they gave it in a header (STANDARD). */
export interface Verified {
  text: string;
  id: string | null;
}

const SECONDS = /^\d{1,12}$/;

/** Those that verify at this moment. */
export const secretsAt = (secrets: readonly InboundSecret[], at: Date): InboundSecret[] =>
  secrets.filter(({ notBefore, notAfter }) => new Date(notBefore) <= at && (notAfter === null || at < new Date(notAfter)));

const same = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Bytes that are no text would be signed as another text than they are. */
function textOf(body: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}

const isRecent = (seconds: string | undefined, at: Date, toleranceS: number): seconds is string =>
  seconds !== undefined && SECONDS.test(seconds) && Math.abs(at.getTime() / 1000 - Number(seconds)) <= toleranceS;

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** @see https://www.standardwebhooks.com */
function verifyStandard(text: string, secrets: string[], { headers, at }: Signed, toleranceS: number): Verified | null {
  const id = headerOf(headers, 'webhook-id');
  const seconds = headerOf(headers, 'webhook-timestamp');
  if (!id || !isRecent(seconds, at, toleranceS)) return null;
  const given = (headerOf(headers, 'webhook-signature') ?? '').split(' ').map((each) => Buffer.from(each));
  const isBySomeone = secrets.some((secret) => {
    const expected = Buffer.from(new Webhook(secret).sign(id, new Date(Number(seconds) * 1000), text));
    return given.some((each) => same(each, expected));
  });
  return isBySomeone ? { text, id } : null;
}

/** @see https://docs.stripe.com/webhooks#verify-manually */
function verifyStripe(text: string, secrets: string[], { headers, at }: Signed, toleranceS: number): Verified | null {
  const header = headerOf(headers, 'stripe-signature') ?? '';
  const seconds = /(?:^|,)t=(\d+)/.exec(header)?.[1];
  // The library does not mind a time to come.
  if (!isRecent(seconds, at, toleranceS)) return null;
  const isBySomeone = secrets.some((secret) => {
    try {
      return Stripe.webhooks.signature!.verifyHeader(text, header, secret, toleranceS, undefined, at.getTime());
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
      throw error;
    }
  });
  return isBySomeone ? { text, id: null } : null;
}

/** Null for what nobody signed who may, or too long ago. Takes the same time for every wrong signature. */
export function verify(integration: Integration, secretsKey: string, signed: Signed): Verified | null {
  const { id, scheme, secrets, clockTolerance } = integration;
  const text = textOf(signed.body);
  if (text === null) return null;
  const known = secretsAt(secrets, signed.at).map(({ sealed }) => unseal(secretsKey, id, sealed));
  return (scheme === SignatureScheme.STANDARD ? verifyStandard : verifyStripe)(text, known, signed, clockTolerance);
}

/** Whether the integration may be spoken for from there. */
export function isFrom({ allowedAddresses }: Integration, address: string): boolean {
  if (allowedAddresses === null) return true;
  if (!ipaddr.isValid(address)) return false;
  const from = ipaddr.process(address);
  return allowedAddresses.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === from.kind() && from.match(network, bits);
  });
}
