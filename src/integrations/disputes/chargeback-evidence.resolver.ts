import { Inject } from '@nestjs/common';
import { Context, Field, ObjectType, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { type Config, CONFIG } from '../../config/config.js';
import type { Limiter } from '../../limits/limiter.js';
import { Limiters } from '../../limits/limiters.service.js';
import { MembershipsLoader } from '../../participants/membership/memberships.loader.js';
import { PlatformRole } from '../../policy/roles.js';
import { Chargeback } from '../payments/settlement/chargeback.entity.js';
import { bundleFor } from './evidence/chargeback-bundle.js';
import { sha256Of } from './evidence/evidence.js';

/** A whole room is read for one of them. */
const ALLOWANCE = { points: 20, seconds: 60 };

@ObjectType({ description: 'What can be shown to a bank that takes money back: one text, with its hash and that of each piece in it.' })
export class ChargebackEvidence {
  @Field(() => String, {
    description:
      'JSON: keys sorted, without white space. The payment and its refunds, the newest 2,000 messages that you can read, the steps of all that they are about, and what was frozen in disputes about it. Keep these very characters: `sha256` is of them as UTF-8.',
  })
  content: string;

  @Field(() => String, { description: 'Of `content`, in hexadecimal; inside of it each `sha256` is of its `copy` in the same form.' })
  sha256: string;
}

@Resolver(() => Chargeback)
export class ChargebackEvidenceResolver {
  private readonly limiter: Limiter | null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly memberships: MembershipsLoader,
    limiters: Limiters,
    @Inject(CONFIG) { rateLimitFactor: factor }: Config,
  ) {
    const points = Math.max(Math.round(ALLOWANCE.points * factor), 1);
    this.limiter = factor === 0 ? null : limiters.create('chargebackEvidence', { ...ALLOWANCE, points });
  }

  @PerViewer()
  @ResolveField(() => ChargebackEvidence, {
    nullable: true,
    description: 'Made as you ask, for the payee, staff and SERVICE; null for everybody else. Errors: RATE_LIMITED (20 in a minute).',
  })
  async evidence(@Parent() chargeback: Chargeback, @Context() context: RequestContext): Promise<ChargebackEvidence | null> {
    const { userId, platformRole } = requireViewer(context);
    const membership = await this.memberships.of(context, chargeback.roomId);
    // Staff is who reads what messages said before they were changed.
    const isStaff = membership?.may('message.readRevisions', { ownerId: null }) ?? false;
    if (!membership || !(isStaff || userId === chargeback.payeeId)) return null;
    if (platformRole !== PlatformRole.SERVICE) await this.limiter?.take(userId);
    const reader = { userId, horizon: membership.horizon, isStaff };
    const content = await this.dataSource.transaction('REPEATABLE READ', (manager) => bundleFor(manager, chargeback, reader));
    return { content, sha256: sha256Of(content).toString('hex') };
  }
}
