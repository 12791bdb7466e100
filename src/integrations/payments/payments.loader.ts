import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import { Chargeback } from './settlement/chargeback.entity.js';
import { EscrowHold } from './payment/escrow-hold.entity.js';
import type { Payment } from './payment/payment.entity.js';
import { newestPayments } from './payment/payments.queries.js';
import { Refund } from './settlement/refund.entity.js';

/** What hangs on rooms and on payments, for all of one execution at once. */
@Injectable()
export class PaymentsLoader {
  private readonly byRoom = perContext<RequestContext, string, Payment[]>(async (ids) =>
    Map.groupBy(await newestPayments(this.dataSource, ids), ({ roomId }) => roomId),
  );
  private readonly refundsOf = perContext<RequestContext, string, Refund[]>(async (ids) => {
    const found = await this.dataSource.manager.find(Refund, { where: { paymentId: In([...ids]) }, order: { id: 'ASC' } });
    return Map.groupBy(found, ({ paymentId }) => paymentId);
  });
  private readonly chargebacksOf = perContext<RequestContext, string, Chargeback[]>(async (ids) => {
    const found = await this.dataSource.manager.find(Chargeback, { where: { paymentId: In([...ids]) }, order: { id: 'ASC' } });
    return Map.groupBy(found, ({ paymentId }) => paymentId);
  });
  private readonly escrowOf = perContext<RequestContext, string, EscrowHold>(async (ids) => {
    const found = await this.dataSource.manager.findBy(EscrowHold, { paymentId: In([...ids]) });
    return new Map(found.map((one) => [one.paymentId, one]));
  });

  constructor(private readonly dataSource: DataSource) {}

  /** The newest 50, newest first. */
  async ofRoom(context: RequestContext, roomId: string): Promise<Payment[]> {
    return (await this.byRoom(context).load(roomId)) ?? [];
  }

  async refunds(context: RequestContext, paymentId: string): Promise<Refund[]> {
    return (await this.refundsOf(context).load(paymentId)) ?? [];
  }

  async chargebacks(context: RequestContext, paymentId: string): Promise<Chargeback[]> {
    return (await this.chargebacksOf(context).load(paymentId)) ?? [];
  }

  async escrow(context: RequestContext, paymentId: string): Promise<EscrowHold | null> {
    return (await this.escrowOf(context).load(paymentId)) ?? null;
  }
}
