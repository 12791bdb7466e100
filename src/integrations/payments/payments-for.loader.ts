import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RequestContext } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import { MembershipsLoader } from '../../participants/membership/memberships.loader.js';
import { type Payment, PaymentContext } from './payment/payment.entity.js';
import { newestPaymentsFor } from './payment/payments.queries.js';

/** Describes the field of each of them. */
export const PAID_FOR = 'What is paid for it: the newest 50, newest first.';

/** What was paid for things, for all of one execution at once. */
@Injectable()
export class PaymentsForLoader {
  private readonly byThing = {
    [PaymentContext.ORDER]: this.of(PaymentContext.ORDER),
    [PaymentContext.JOB]: this.of(PaymentContext.JOB),
    [PaymentContext.APPOINTMENT]: this.of(PaymentContext.APPOINTMENT),
  };

  constructor(
    private readonly dataSource: DataSource,
    private readonly memberships: MembershipsLoader,
  ) {}

  /** The newest 50, newest first, of those that `payment(id)` would tell this viewer. */
  async load(context: RequestContext, kind: PaymentContext, id: string): Promise<Payment[]> {
    const payments = (await this.byThing[kind](context).load(id)) ?? [];
    const memberships = await Promise.all(payments.map(({ roomId }) => this.memberships.of(context, roomId)));
    return payments.filter((_, at) => memberships[at]?.may('room.read') ?? false);
  }

  private of(kind: PaymentContext) {
    return perContext<RequestContext, string, Payment[]>(async (ids) =>
      Map.groupBy(await newestPaymentsFor(this.dataSource, kind, ids), ({ contextId }) => contextId!),
    );
  }
}
