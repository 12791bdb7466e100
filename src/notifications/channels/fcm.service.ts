import { Inject, Injectable } from '@nestjs/common';
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { type Config, CONFIG } from '../../config/config.js';
import { Outbound } from '../../integrations/webhooks/endpoint/outbound.service.js';
import type { Answer } from '../../integrations/webhooks/endpoint/retry-plan.js';
import type { Device } from '../devices/device.entity.js';
import type { PushMessage } from './push-message.js';

const PATIENCE = { timeoutMs: 10_000, maxBytes: 16 * 1024 };
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const DAY_S = 24 * 3_600;
/** A token is renewed so long before its end. */
const MARGIN_MS = 60_000;

const granted = z.object({ access_token: z.string(), expires_in: z.number() });

const asTexts = (message: PushMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name, value === null ? '' : String(value)]));

/**
 * Android is sent data, which the application shows: whatever Firebase would show by itself it may replace by that of another room while
 * the device is away. Apple's devices show the alert.
 *
 * @see https://firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types
 */
function bodyOf(token: string, message: PushMessage): object {
  const { type, tag, title, body, badge } = message;
  const data = asTexts(message);
  const ttl = `${DAY_S}s`;
  if (type === 'READ') {
    const silent = {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1, badge } },
    };
    return { message: { token, data, android: { priority: 'NORMAL', ttl }, apns: silent } };
  }
  const aps = { alert: { title, body }, badge, sound: 'default', 'thread-id': tag };
  const apns = { headers: { 'apns-collapse-id': tag, 'apns-priority': '10' }, payload: { aps } };
  return { message: { token, data, android: { priority: 'HIGH', ttl }, apns } };
}

/** Notifies applications on Android, and on iOS by way of Apple, over Firebase Cloud Messaging. */
@Injectable()
export class Fcm {
  private token: { value: string; until: number } | null = null;

  constructor(
    private readonly outbound: Outbound,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async send({ address }: Device, message: PushMessage, stop: AbortSignal): Promise<Answer> {
    const answer = await this.ask(address, message, stop);
    if (isUnregistered(answer)) return { ...answer, code: 410 };
    if (answer.code !== 401) return answer;
    // A token that was revoked. Where another does not do either, that says nothing about the device.
    this.token = null;
    const again = await this.ask(address, message, stop);
    return again.code === 401 ? { ...again, code: null } : again;
  }

  private async ask(address: string, message: PushMessage, stop: AbortSignal): Promise<Answer> {
    const { apiUrl, projectId } = this.config.fcm!;
    const token = await this.accessToken(stop);
    if (typeof token !== 'string') return token;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify(bodyOf(address, message));
    return this.outbound.post({ url: `${apiUrl}/v1/projects/${projectId}/messages:send`, headers, body }, PATIENCE, stop);
  }

  /** Or the answer of who did not give one. @see RFC 7523 */
  private async accessToken(stop: AbortSignal): Promise<string | Answer> {
    const now = Date.now();
    if (this.token && this.token.until > now) return this.token.value;
    const { clientEmail, privateKey, tokenUrl } = this.config.fcm!;
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(clientEmail)
      .setAudience(tokenUrl)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(await importPKCS8(privateKey, 'RS256'));
    const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.outbound.post({ url: tokenUrl, headers, body }, PATIENCE, stop);
    const grant = answer.code === 200 ? granted.safeParse(jsonOf(answer.text)).data : undefined;
    // Whatever it says, it says nothing about the device.
    if (!grant) return { ...answer, code: null };
    this.token = { value: grant.access_token, until: now + grant.expires_in * 1_000 - MARGIN_MS };
    return this.token.value;
  }
}

/** The token is none any more. Another 404 is a mistake in the settings, for which no device shall be forgotten. */
const isUnregistered = ({ code, text }: Answer): boolean => code === 404 && text.includes('UNREGISTERED');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
