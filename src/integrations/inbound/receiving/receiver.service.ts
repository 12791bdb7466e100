import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { ParleyError } from '../../../common/errors/errors.js';
import { wants } from '../../../common/text/event-pattern.js';
import { isId } from '../../../common/values/ids.js';
import { metrics } from '../../../common/telemetry/metrics.js';
import type { RawAnswer, RawPost } from '../../../common/raw-posts.js';
import { type Config, CONFIG } from '../../../config/config.js';
import { InboundAllowance } from './allowance.service.js';
import { readEnvelope } from './envelope.js';
import { InboundHandlers } from './handlers.js';
import { keepEvent } from './inbound.queries.js';
import { Integration } from './integration.entity.js';
import { isFrom, type Verified, verify } from './signatures.js';

/** Takes what systems send: verifies, keeps, answers. What it means to us is found out by a job, later. */
@Injectable()
export class InboundReceiver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: InboundHandlers,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    private readonly allowance: InboundAllowance,
  ) {}

  /**
   * 202 for a new event, which is kept before it is answered; 200 for one that was sent before.
   *
   * @throws UNAUTHENTICATED (unknown, inactive, signed by nobody or too long ago, from elsewhere), RATE_LIMITED, BAD_USER_INPUT
   */
  async receive(post: RawPost): Promise<RawAnswer> {
    try {
      return await this.take(post);
    } catch (error) {
      if (error instanceof ParleyError) metrics.inboundRefused.inc({ why: error.code });
      throw error;
    }
  }

  private async take({ params, headers, body, address }: RawPost): Promise<RawAnswer> {
    const at = this.clock.now();
    const integration = await this.known(params['integrationId']);
    const verified = integration && this.verified(integration, { headers, body, at });
    // One answer for all of these, so that nobody learns which it was.
    if (!integration || !verified || !isFrom(integration, address))
      throw new ParleyError('UNAUTHENTICATED', 'Nobody we know has signed this');
    await this.allowance.take(integration.id);
    const told = readEnvelope(integration.scheme, verified);
    this.handlers.check(told);
    const refused = wants(integration.scopes, told.type) ? null : `This integration may not send "${told.type}"`;
    const id = await keepEvent(this.dataSource, { integrationId: integration.id, told, raw: body, at, refused });
    metrics.inboundEvents.inc({ outcome: id === null ? 'DUPLICATE' : 'ACCEPTED' });
    return id === null ? { status: 200, body: { status: 'DUPLICATE' } } : { status: 202, body: { status: 'ACCEPTED', id } };
  }

  private async known(id: string | undefined): Promise<Integration | null> {
    if (!isId(id)) return null;
    return this.dataSource.getRepository(Integration).findOneBy({ id, isActive: true });
  }

  private verified(integration: Integration, signed: Pick<RawPost, 'headers' | 'body'> & { at: Date }): Verified | null {
    // Without the key there are no integrations either, unless it was taken away later.
    if (this.config.secretsKey === null) throw new ParleyError('UNAVAILABLE');
    return verify(integration, this.config.secretsKey, signed);
  }
}
