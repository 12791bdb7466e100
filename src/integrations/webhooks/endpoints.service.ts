import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId, newId } from '../../common/values/ids.js';
import { newSecret } from '../../common/sealed.js';
import { type Config, CONFIG } from '../../config/config.js';
import { ActiveEndpoints } from './endpoint/active-endpoints.service.js';
import { catchUp, setBaseline } from './endpoints.queries.js';
import { Outbound } from './endpoint/outbound.service.js';
import { sealedFor, secretsAt } from './endpoint/signature.js';
import { type WebhookAbsence, WebhookEndpoint, WebhookMode, WebhookStatus } from './endpoint/webhook-endpoint.entity.js';
import { asksForReads } from './dispatch/read-courier.service.js';
import { tellReadsFromNowOn } from './log/read-replays.queries.js';
import { API_VERSION } from './dispatch/webhook-event.js';
import type { CreateWebhookEndpointInput, RotateWebhookSecretInput, UpdateWebhookEndpointInput } from './webhooks.inputs.js';

const MAX_ENDPOINTS = 100;
const MAX_SECRETS = 5;
const HOUR_MS = 60 * 60_000;

/** An endpoint with the secret that nobody is told again. */
export interface WithSecret {
  endpoint: WebhookEndpoint;
  secret: string;
}

/** The endpoints that hosts set up. */
@Injectable()
export class Endpoints {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbound: Outbound,
    private readonly active: ActiveEndpoints,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  all(): Promise<WebhookEndpoint[]> {
    return this.dataSource.getRepository(WebhookEndpoint).find({ order: { id: 'ASC' } });
  }

  /** @throws NOT_FOUND */
  async one(id: string): Promise<WebhookEndpoint> {
    const endpoint = isId(id) ? await this.dataSource.getRepository(WebhookEndpoint).findOneBy({ id }) : null;
    if (!endpoint) throw notFound();
    return endpoint;
  }

  /** @throws BAD_USER_INPUT, CONFLICT (too many), UNAVAILABLE (no SECRETS_KEY) */
  async create(createdBy: string, input: CreateWebhookEndpointInput): Promise<WithSecret> {
    const { mode, events, onTimeout = null } = input;
    this.checkAbsence(mode, onTimeout);
    if (mode === WebhookMode.BEFORE && events != null) throw badInput('input.events', 'A BEFORE endpoint is asked of messages alone');
    await this.outbound.check(input.url, 'input.url');
    const secret = newSecret();
    const id = newId();
    const repository = this.dataSource.getRepository(WebhookEndpoint);
    if ((await repository.count()) >= MAX_ENDPOINTS) throw new ParleyError('CONFLICT', `There are ${MAX_ENDPOINTS} endpoints already`);
    await repository.insert({
      id,
      url: input.url,
      description: input.description ?? null,
      mode,
      status: WebhookStatus.PAUSED,
      statusReason: 'It is being set up',
      events: events ?? ['*'],
      roomKinds: input.roomKinds ?? null,
      roomIds: input.roomIds ?? null,
      ordering: input.ordering,
      apiVersion: API_VERSION,
      onTimeout,
      secrets: [sealedFor(id, this.key(), secret)],
      createdBy,
      createdAt: this.clock.now(),
    });
    if (mode === WebhookMode.AFTER) await setBaseline(this.dataSource, id);
    return { endpoint: await this.change(id, { status: WebhookStatus.ACTIVE, statusReason: null }), secret };
  }

  async update({ endpointId, ...input }: UpdateWebhookEndpointInput): Promise<WebhookEndpoint> {
    const known = await this.one(endpointId);
    const { mode } = known;
    if (input.url != null) await this.outbound.check(input.url, 'input.url');
    if (input.onTimeout != null) this.checkAbsence(mode, input.onTimeout);
    if (input.events != null && mode === WebhookMode.BEFORE) throw badInput('input.events', 'A BEFORE endpoint is asked of messages alone');
    const { url, description, events, ordering, onTimeout } = input;
    if (events && asksForReads({ events }) && !asksForReads(known)) await tellReadsFromNowOn(this.dataSource, known.id);
    return this.change(endpointId, {
      ...(url != null && { url }),
      ...(description !== undefined && { description }),
      ...(events != null && { events }),
      ...(ordering != null && { ordering }),
      ...(onTimeout != null && { onTimeout }),
    });
  }

  /** The earlier secrets sign along for a while. @throws NOT_FOUND, CONFLICT when five sign already */
  async rotate({ endpointId, overlapHours }: RotateWebhookSecretInput): Promise<WithSecret> {
    if (!isId(endpointId)) throw notFound();
    const now = this.clock.now();
    const end = new Date(now.getTime() + overlapHours * HOUR_MS);
    const secret = newSecret();
    await this.dataSource.transaction(async (manager) => {
      const endpoint = await manager.findOne(WebhookEndpoint, { where: { id: endpointId }, lock: { mode: 'pessimistic_write' } });
      if (!endpoint) throw notFound();
      const earlier = secretsAt(endpoint.secrets, now).map(({ sealed, notAfter }) => {
        const endsSooner = notAfter !== null && new Date(notAfter) < end;
        return { sealed, notAfter: endsSooner ? notAfter : end.toISOString() };
      });
      const secrets = [sealedFor(endpointId, this.key(), secret), ...secretsAt(earlier, now)];
      if (secrets.length > MAX_SECRETS) throw new ParleyError('CONFLICT', `${MAX_SECRETS} secrets sign already: let one of them end first`);
      await manager.update(WebhookEndpoint, endpointId, { secrets });
    });
    return { endpoint: await this.change(endpointId, {}), secret };
  }

  async pause(id: string): Promise<WebhookEndpoint> {
    await this.one(id);
    return this.change(id, { status: WebhookStatus.PAUSED, statusReason: 'By an administrator' });
  }

  /** What happened meanwhile is told, and what waits for its next attempt is tried at once. */
  async resume(id: string): Promise<WebhookEndpoint> {
    const { mode } = await this.one(id);
    const endpoint = await this.change(id, { status: WebhookStatus.ACTIVE, statusReason: null, failures: 0, failingSince: null });
    if (mode === WebhookMode.AFTER) await catchUp(this.dataSource, endpoint, this.clock.now());
    return endpoint;
  }

  async delete(id: string): Promise<boolean> {
    await this.one(id);
    await this.dataSource.getRepository(WebhookEndpoint).delete(id);
    await this.active.changed();
    return true;
  }

  private async change(id: string, changes: Partial<WebhookEndpoint>): Promise<WebhookEndpoint> {
    if (Object.keys(changes).length > 0) await this.dataSource.getRepository(WebhookEndpoint).update(id, changes);
    await this.active.changed();
    return this.one(id);
  }

  private checkAbsence(mode: WebhookMode, onTimeout: WebhookAbsence | null): void {
    if (mode === WebhookMode.BEFORE && onTimeout === null) throw badInput('input.onTimeout', 'A BEFORE endpoint needs onTimeout');
    if (mode === WebhookMode.AFTER && onTimeout !== null) throw badInput('input.onTimeout', 'Only a BEFORE endpoint has onTimeout');
  }

  private key(): string {
    if (this.config.secretsKey === null) throw new ParleyError('UNAVAILABLE', 'This server has no SECRETS_KEY to keep secrets with');
    return this.config.secretsKey;
  }
}
