import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { metrics } from '../../../common/telemetry/metrics.js';
import { type Config, CONFIG } from '../../../config/config.js';
import { Outbound } from '../endpoint/outbound.service.js';
import { type Answer, nextAttemptAt, outcomeOf } from '../endpoint/retry-plan.js';
import { signedHeaders } from '../endpoint/signature.js';
import type { WebhookEndpoint } from '../endpoint/webhook-endpoint.entity.js';
import { isStillAsKnown, type Result } from './attempt.queries.js';
import { EndpointHealth } from './endpoint-health.service.js';
import { WebhookDeliveryStatus } from './webhook-delivery.entity.js';

const PATIENCE = { timeoutMs: 10_000, maxBytes: 4 * 1024 };
/** How long a room stays with a node that says nothing more: what an attempt takes at most, and much more than clocks differ. */
export const LEASE_MS = 30_000;
const MAX_ERROR = 1_000;

/** One attempt to tell an endpoint something, and what its answer means. */
@Injectable()
export class Attempts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbound: Outbound,
    private readonly health: EndpointHealth,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  post(endpoint: WebhookEndpoint, id: string, attempt: number, body: string, stop?: AbortSignal): Promise<Answer> {
    const headers = signedHeaders(endpoint, this.config.secretsKey ?? '', { id, attempt, body, at: this.clock.now() });
    return this.outbound.post({ url: endpoint.url, headers, body }, PATIENCE, stop);
  }

  judge(answer: Answer, attempt: number): Result {
    const { code, ms, text } = answer;
    const outcome = outcomeOf(answer);
    if (outcome === 'DELIVERED') return { status: WebhookDeliveryStatus.DELIVERED, code, ms, error: null, nextAt: null };
    const nextAt = outcome === 'RETRY' ? nextAttemptAt(attempt, answer, this.clock.now()) : null;
    const status = nextAt ? WebhookDeliveryStatus.RETRYING : WebhookDeliveryStatus.DEAD;
    return { status, code, ms, error: text.slice(0, MAX_ERROR).toWellFormed() || `HTTP ${code}`, nextAt };
  }

  /** An address that says never, and was given up meanwhile, says it of itself: the event is for the address that took its place. */
  async counts({ id, url }: WebhookEndpoint, { status }: Result): Promise<boolean> {
    return status !== WebhookDeliveryStatus.DEAD || (await isStillAsKnown(this.dataSource, { id, url }));
  }

  async note(endpoint: WebhookEndpoint, answer: Answer, { status, error }: Result): Promise<void> {
    metrics.webhookAttempts.inc({ outcome: status });
    if (outcomeOf(answer) === 'GONE') await this.health.gone(endpoint);
    else if (status !== WebhookDeliveryStatus.DELIVERED) await this.health.failed(endpoint, error);
  }

  leaseEnd(): Date {
    return new Date(this.clock.now().getTime() + LEASE_MS);
  }
}
