import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../../auth/context.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { Payment, PaymentContext } from '../payments/payment/payment.entity.js';
import { PAID_FOR, PaymentsForLoader } from '../payments/payments-for.loader.js';
import { Job } from './job/job.entity.js';

@Resolver(() => Job)
export class JobPaymentsResolver {
  constructor(private readonly loader: PaymentsForLoader) {}

  @PerViewer()
  @ResolveField(() => [Payment], { description: PAID_FOR })
  payments(@Parent() { id }: Job, @Context() context: RequestContext) {
    return this.loader.load(context, PaymentContext.JOB, id);
  }
}
