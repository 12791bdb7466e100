import { Injectable } from '@nestjs/common';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId, newId } from '../../common/values/ids.js';
import { enterRoom, lockRoom, type Membership } from '../../participants/membership/membership.js';
import type { TimelineTransaction } from '../../timeline/timeline.service.js';
import { type Actor, requireVersion, type StepRequest } from '../../transitions/machine/machine.js';
import { Machines } from '../../transitions/machine/machines.js';
import { Authority } from '../../transitions/machine/subject.js';
import { actorOf, Transitions } from '../../transitions/transitions.service.js';
import { refundOf } from './settlement/decisions.js';
import { CaptureMode, Payment, type PaymentContext } from './payment/payment.entity.js';
import { paymentMachine } from './payment/payment.machine.js';
import { refundable, seatedOf } from './payment/payments.queries.js';
import { Providers } from './provider/providers.service.js';
import type { Refund } from './settlement/refund.entity.js';
import { refundMachine } from './settlement/refund.machine.js';

/** A payment as somebody wants it. */
export interface PaymentPlan {
  payerId: string;
  payeeId: string;
  amountMinor: number;
  currency: string;
  method?: string | null;
  captureMode?: CaptureMode;
  isEscrow?: boolean;
  contextKind?: PaymentContext | null;
  contextId?: string | null;
  authority?: Authority;
}

type Keyed = Pick<StepRequest, 'idempotencyKey' | 'reason'> & { externalRef?: string | null };

const HOST = 'host';

/** How payments and refunds begin. */
@Injectable()
export class Payments {
  constructor(
    private readonly transitions: Transitions,
    private readonly machines: Machines,
    private readonly providers: Providers,
  ) {}

  /**
   * By the payer it is a payment, by the payee a request that the payer accepts. The host pays for the payer.
   *
   * @throws BAD_USER_INPUT, UNAVAILABLE (no provider is set up), IDEMPOTENCY_CONFLICT
   */
  begin(actor: Actor, roomId: string, plan: PaymentPlan, keyed: Keyed = {}): Promise<Payment> {
    const { payerId, payeeId, authority = Authority.PARLEY, contextId = null, contextKind = null } = plan;
    for (const [field, id] of Object.entries({ payerId, payeeId, ...(contextId !== null && { contextId }) })) {
      if (!isId(id)) throw badInput(`input.${field}`, `${field} names nobody`);
    }
    if (payerId.toLowerCase() === payeeId.toLowerCase()) throw badInput('input.payeeId', 'Nobody pays themselves');
    if ((contextId === null) !== (contextKind === null)) throw badInput('input.contextKind', 'Give contextKind and contextId, or neither');
    if (!isId(roomId)) throw notFound();
    const provider = authority === Authority.HOST ? HOST : this.providers.name;
    const event = actor.userId === payeeId.toLowerCase() ? 'request' : 'initiate';
    const { idempotencyKey = null, externalRef = null } = keyed;
    const payload = { roomId, ...plan, ...(externalRef !== null && { externalRef }) };
    const request = { event, payload, idempotencyKey, externalRef };
    return this.transitions.begin(paymentMachine, actor, request, async (tx) => {
      await lockRoom(tx.manager, roomId);
      await this.check(tx, roomId, plan);
      return this.paymentOf(roomId, plan, { provider, externalRef });
    });
  }

  /**
   * Asks for money back; by whoever may decide that, it is decided. `expectedVersion` is that of the payment.
   *
   * @throws STALE_VERSION, CONFLICT for more than is left
   */
  requestRefund(
    me: Membership,
    { id, roomId }: Payment,
    { amountMinor = null, expectedVersion, ...keyed }: Keyed & Pick<StepRequest, 'expectedVersion'> & { amountMinor?: number | null },
  ): Promise<Refund> {
    const asked = { event: 'request', payload: { paymentId: id, amountMinor }, reason: keyed.reason ?? null };
    const actor = actorOf(me);
    return this.transitions.begin(refundMachine, actor, { ...asked, idempotencyKey: keyed.idempotencyKey ?? null }, async (tx) => {
      const { role } = actorOf(await enterRoom(tx.manager, roomId, me, 'room.read'));
      if (role !== actor.role) throw new ParleyError('FORBIDDEN');
      const payment = await tx.manager.findOneOrFail(Payment, { where: { id }, lock: { mode: 'pessimistic_write' } });
      requireVersion(payment, expectedVersion);
      const minor = amountMinor ?? (await refundable(tx.manager, id));
      if (minor === 0) throw new ParleyError('CONFLICT', 'Nothing is left of the payment');
      return refundOf(payment, minor);
    });
  }

  private async check(
    { manager }: TimelineTransaction,
    roomId: string,
    { payerId, payeeId, contextKind, contextId }: PaymentPlan,
  ): Promise<void> {
    const seated = await seatedOf(manager, roomId, [payerId, payeeId]);
    for (const [field, id] of Object.entries({ payerId, payeeId })) {
      if (!seated.includes(id.toLowerCase())) throw badInput(`input.${field}`, 'This person is not in the room');
    }
    if (!contextKind || !contextId) return;
    const context = await manager.findOneBy(this.machines.named(contextKind).entity, { id: contextId, roomId });
    if (!context) throw badInput('input.contextId', 'There is no such thing in this room');
  }

  private paymentOf(roomId: string, plan: PaymentPlan, own: { provider: string; externalRef: string | null }): Payment {
    const { payerId, payeeId, amountMinor, currency, method = null, captureMode = CaptureMode.AUTOMATIC, isEscrow = false } = plan;
    const { contextKind = null, contextId = null, authority = Authority.PARLEY } = plan;
    return Object.assign(new Payment(), {
      id: newId(),
      roomId,
      ...own,
      authority,
      ...{ payerId: payerId.toLowerCase(), payeeId: payeeId.toLowerCase(), amountMinor, currency, method, captureMode, isEscrow },
      ...{ contextKind, contextId, holds: 0, attempt: 1, capturedMinor: 0, reservedMinor: 0, refundedMinor: 0, providerRank: 0 },
      ...{ providerRef: null, providerSince: null, clientSecret: null, failureCode: null },
    });
  }
}
