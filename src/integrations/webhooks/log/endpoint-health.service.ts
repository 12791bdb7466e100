import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { metrics } from '../../../common/telemetry/metrics.js';
import { ActiveEndpoints } from '../endpoint/active-endpoints.service.js';
import type { WebhookEndpoint } from '../endpoint/webhook-endpoint.entity.js';
import { countFailure, disableEndpoint } from './attempt.queries.js';

const HOUR_MS = 60 * 60_000;
/** So many failures in a row, and for so long: a restart pauses nobody, however many rooms are waiting. */
const MAX_FAILURES = 20;
const MAX_FAILING_MS = 3 * HOUR_MS;

/** Stops calling endpoints that do not want to be called, or that have not answered for hours. */
@Injectable()
export class EndpointHealth {
  private readonly log = new Logger('Webhooks');

  constructor(
    private readonly dataSource: DataSource,
    private readonly active: ActiveEndpoints,
    private readonly clock: Clock,
  ) {
    // A series that begins at one has not increased, so the first endpoint that is stopped would alert nobody.
    for (const why of ['failures', 'gone']) metrics.webhooksStopped.inc({ why }, 0);
  }

  async failed({ id, url }: WebhookEndpoint, error: string | null): Promise<void> {
    const now = this.clock.now();
    const reason = `${MAX_FAILURES} failures in a row and more, for ${MAX_FAILING_MS / HOUR_MS} hours; the last one: ${error ?? 'no reason given'}`;
    const since = new Date(now.getTime() - MAX_FAILING_MS);
    if (!(await countFailure(this.dataSource, { id, url }, now, { failures: MAX_FAILURES, since, reason }))) return;
    metrics.webhooksStopped.inc({ why: 'failures' });
    this.log.error(`Endpoint ${id} (${new URL(url).host}) is paused: ${reason}`);
    await this.active.changed();
  }

  async gone({ id, url }: WebhookEndpoint): Promise<void> {
    if (!(await disableEndpoint(this.dataSource, { id, url }, 'it answered 410 Gone'))) return;
    metrics.webhooksStopped.inc({ why: 'gone' });
    this.log.warn(`Endpoint ${id} (${new URL(url).host}) answered 410 and is disabled`);
    await this.active.changed();
  }
}
