import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { circuitBreaker, type CircuitBreakerPolicy, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { newId } from '../../common/values/ids.js';
import { metrics } from '../../common/telemetry/metrics.js';
import { textProblem } from '../../common/text/text.js';
import { type Config, CONFIG } from '../../config/config.js';
import { type Asked, BeforeSend, type MessageCheck, type Verdict } from '../../messages/held/before-send.js';
import { MAX_CONTENT } from '../../messages/message/messages.inputs.js';
import { MAX_REASON } from '../../participants/participants.inputs.js';
import { ActiveEndpoints } from './endpoint/active-endpoints.service.js';
import { Outbound } from './endpoint/outbound.service.js';
import { signedHeaders } from './endpoint/signature.js';
import { WebhookAbsence, type WebhookEndpoint, WebhookMode } from './endpoint/webhook-endpoint.entity.js';

/** The longest content takes less, however it is written. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** A sender waits for all endpoints together no longer than this beyond what one of them may take. */
const BEYOND_MS = 500;
/** An endpoint that failed so often in a row is left alone for a while, and its absence assumed. */
const MAX_FAILURES = 5;
const REST_MS = 10_000;

const text = (max: number) =>
  z
    .string()
    .trim()
    .refine((value) => textProblem(value, { min: 1, max }) === undefined);

const ANSWER = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('allow') }),
  z.object({ verdict: z.literal('rewrite'), content: text(MAX_CONTENT) }),
  z.object({ verdict: z.literal('reject'), reason: text(MAX_REASON) }),
  z.object({ verdict: z.literal('hold'), reason: text(MAX_REASON).nullable().default(null) }),
]);

const ABSENT: Record<WebhookAbsence, Verdict> = {
  [WebhookAbsence.ALLOW]: { verdict: 'allow' },
  [WebhookAbsence.HOLD]: { verdict: 'hold', reason: 'There was no verdict in time' },
  [WebhookAbsence.REJECT]: { verdict: 'unavailable' },
};

const isAbout = ({ roomIds }: WebhookEndpoint, roomId: string): boolean => roomIds === null || roomIds.includes(roomId);

/** Asks the endpoints that want to be asked before a message is written, or what it says is written anew. */
@Injectable()
export class MessageHook implements MessageCheck, OnModuleInit {
  private readonly breakers = new Map<string, CircuitBreakerPolicy>();

  constructor(
    private readonly beforeSend: BeforeSend,
    private readonly active: ActiveEndpoints,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.beforeSend.register(this);
  }

  concerns(roomId: string): boolean {
    return this.active.of(WebhookMode.BEFORE).some((endpoint) => isAbout(endpoint, roomId));
  }

  async judge(asked: Asked): Promise<Verdict> {
    let { draft } = asked;
    const until = performance.now() + this.config.beforeSendMs + BEYOND_MS;
    for (const endpoint of this.active.of(WebhookMode.BEFORE)) {
      const isOfItsKind = endpoint.roomKinds === null || endpoint.roomKinds.includes(asked.roomKind);
      if (!isOfItsKind || !isAbout(endpoint, draft.roomId)) continue;
      const left = Math.floor(Math.min(this.config.beforeSendMs, until - performance.now()));
      const verdict = left > 0 ? await this.ask(endpoint, { ...asked, draft }, left) : this.absent(endpoint, asked);
      if (verdict.verdict === 'rewrite') draft = { ...draft, content: verdict.content };
      else if (verdict.verdict !== 'allow') return verdict;
    }
    return draft === asked.draft || draft.content === null ? { verdict: 'allow' } : { verdict: 'rewrite', content: draft.content };
  }

  private async ask(endpoint: WebhookEndpoint, asked: Asked, timeoutMs: number): Promise<Verdict> {
    try {
      const breaker = this.breakerOf(endpoint);
      const post = () => this.post(endpoint, asked, timeoutMs);
      // Who had only what others left of the time is not left alone for it.
      const hasLess = timeoutMs < this.config.beforeSendMs && breaker.state === CircuitState.Closed;
      const verdict = await (hasLess ? post() : breaker.execute(post));
      metrics.verdicts.inc({ verdict: verdict.verdict });
      return verdict;
    } catch {
      return this.absent(endpoint, asked);
    }
  }

  private absent({ onTimeout }: WebhookEndpoint, { messageId }: Asked): Verdict {
    metrics.verdicts.inc({ verdict: 'absent' });
    const absence = onTimeout ?? WebhookAbsence.REJECT;
    // An edit does not wait for somebody to look at it; its sender can try again.
    const isStuck = messageId !== null && absence === WebhookAbsence.HOLD;
    return ABSENT[isStuck ? WebhookAbsence.REJECT : absence];
  }

  /** @throws for anything but a verdict in time */
  private async post(
    endpoint: WebhookEndpoint,
    { draft, messageId, roomKind, senderExternalId }: Asked,
    timeoutMs: number,
  ): Promise<Verdict> {
    const { roomId, senderId, kind, content, metadata, replyToId, clientId } = draft;
    const at = this.clock.now();
    const data = {
      room: { id: roomId, kind: roomKind },
      sender: { id: senderId, externalId: senderExternalId },
      message: { ...(messageId !== null && { id: messageId }), kind, content, metadata, replyToId, clientId },
    };
    const type = messageId === null ? 'message.beforeSend' : 'message.beforeEdit';
    const body = JSON.stringify({ type, timestamp: at, data });
    const headers = signedHeaders(endpoint, this.config.secretsKey ?? '', { id: `ask_${newId()}`, attempt: 1, body, at });
    const answer = await this.outbound.post({ url: endpoint.url, headers, body }, { timeoutMs, maxBytes: MAX_ANSWER_BYTES });
    if (answer.code !== 200) throw new Error(`HTTP ${answer.code}: ${answer.text}`);
    return ANSWER.parse(JSON.parse(answer.text));
  }

  private breakerOf({ id }: WebhookEndpoint): CircuitBreakerPolicy {
    let breaker = this.breakers.get(id);
    if (!breaker) {
      breaker = circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(MAX_FAILURES) });
      this.breakers.set(id, breaker);
    }
    return breaker;
  }
}
