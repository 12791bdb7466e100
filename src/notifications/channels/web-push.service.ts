import { Inject, Injectable } from '@nestjs/common';
import webPush from 'web-push';
import { type Config, CONFIG } from '../../config/config.js';
import { Outbound } from '../../integrations/webhooks/endpoint/outbound.service.js';
import type { Answer } from '../../integrations/webhooks/endpoint/retry-plan.js';
import type { Device } from '../devices/device.entity.js';
import type { PushMessage } from './push-message.js';

const PATIENCE = { timeoutMs: 10_000, maxBytes: 4 * 1024 };
const TTL_S = 24 * 3_600;

/** A push service keeps one undelivered message of a topic: 32 characters of base64url. @see RFC 8030, 5.4 */
const topicOf = (tag: string): string => Buffer.from(tag.replaceAll('-', ''), 'hex').toString('base64url');

/** Notifies browsers. What is sent is encrypted for the browser: the push service in between cannot read it. @see RFC 8291, RFC 8292 */
@Injectable()
export class WebPush {
  constructor(
    private readonly outbound: Outbound,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async send({ address, p256dh, auth }: Device, message: PushMessage, stop: AbortSignal): Promise<Answer> {
    const { publicKey, privateKey, subject } = this.config.webPush!;
    const subscription = { endpoint: address, keys: { p256dh: p256dh ?? '', auth: auth ?? '' } };
    const { headers, body } = webPush.generateRequestDetails(subscription, JSON.stringify(message), {
      ...{ vapidDetails: { publicKey, privateKey, subject }, TTL: TTL_S, topic: topicOf(message.tag), urgency: 'high' },
    });
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const answer = await this.outbound.post({ url: address, headers: texts, body }, PATIENCE, stop);
    // Of a subscription that is none any more, push services say either.
    return answer.code === 404 ? { ...answer, code: 410 } : answer;
  }
}
