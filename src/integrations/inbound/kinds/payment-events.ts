import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ParleyError } from '../../../common/errors/errors.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Authority, type Subject } from '../../../transitions/machine/subject.js';
import { HostFunds } from '../../payments/settlement/host-funds.service.js';
import { ChargebackStatus } from '../../payments/settlement/chargeback.entity.js';
import { chargebackMachine } from '../../payments/settlement/chargeback.machine.js';
import { escrowMachine } from '../../payments/payment/escrow.machine.js';
import { CaptureMode, type Payment, PaymentContext } from '../../payments/payment/payment.entity.js';
import { paymentMachine } from '../../payments/payment/payment.machine.js';
import { Payments } from '../../payments/payments.service.js';
import { refundMachine } from '../../payments/settlement/refund.machine.js';
import { currency, instant, minor, text } from '../receiving/envelope.js';
import { beginning, InboundHandlers, NotYet, payload } from '../receiving/handlers.js';
import { People, person } from './people.js';
import { about, isAboutOne, NOT_ABOUT_ONE, thing, Things } from './things.js';

const payment = about
  .omit({ payment: true })
  .extend({
    payer: person,
    payee: person,
    amountMinor: minor,
    currency,
    method: z
      .string()
      .regex(/^[a-z0-9_]{1,40}$/, 'must be a name such as "card"')
      .nullish(),
    captureMode: z.enum(CaptureMode).default(CaptureMode.AUTOMATIC),
    isEscrow: z.boolean().default(false),
    authority: z.enum(Authority).default(Authority.PARLEY),
  })
  .refine(isAboutOne, NOT_ABOUT_ONE);

const refund = z.object({ payment: thing, amountMinor: minor });
const chargeback = z.object({ payment: thing, amountMinor: minor, bankReason: text(200).nullish(), dueBy: instant.nullish() });

/** What a bank says later counts: a deadline, another amount. */
const details = payload(
  z.object({ amountMinor: minor.optional(), bankReason: text(200).nullish(), dueBy: instant.nullish() }),
  ({ dueBy, ...told }): Metadata => ({ ...told, ...(dueBy !== undefined && { dueBy: dueBy?.toISOString() ?? null }) }),
);

const code = payload(z.object({ failureCode: text(100).nullish() }), ({ failureCode = null }): Metadata => ({ code: failureCode }));

/** What is asked for and decided. The rest is the word of whoever moves the money: a provider, or the host where that is itself. */
const OF_ANY_HOST: ReadonlySet<string> = new Set(['payment.capture', 'payment.cancel', 'refund.approve', 'refund.decline']);
const WHY_NOT = 'The provider of this payment says what becomes of its money';

const refusesFor =
  (name: string) =>
  ({ authority }: Subject, event: string): string | null =>
    authority === Authority.HOST || OF_ANY_HOST.has(`${name}.${event}`) ? null : WHY_NOT;

/** What systems tell of money. */
@Injectable()
export class PaymentEvents {
  constructor(
    private readonly people: People,
    private readonly things: Things,
    private readonly payments: Payments,
    private readonly funds: HostFunds,
    handlers: InboundHandlers,
  ) {
    handlers.add({
      machine: paymentMachine,
      beginnings: { initiate: beginning({ schema: payment, begin: (...told) => this.initiate(...told) }) },
      payloads: {
        capture: payload(z.object({ amountMinor: minor.optional() }), (part): Metadata => part),
        succeed: payload(z.object({ capturedMinor: minor.optional() }), (taken): Metadata => taken),
        fail: code,
      },
      refuses: refusesFor('payment'),
    });
    handlers.add({
      machine: refundMachine,
      beginnings: { request: this.refundBy('request'), record: this.refundBy('record') },
      payloads: { fail: code },
      refuses: refusesFor('refund'),
    });
    handlers.add({
      machine: chargebackMachine,
      beginnings: Object.fromEntries(Object.values(ChargebackStatus).map((status) => [status.toLowerCase(), this.chargebackIn(status)])),
      payloads: Object.fromEntries([...Object.values(ChargebackStatus), 'AMEND'].map((event) => [event.toLowerCase(), details])),
      refuses: refusesFor('chargeback'),
    });
    handlers.add({ machine: escrowMachine });
  }

  private async initiate(actor: Actor, externalRef: string, { payer, payee, ...told }: z.output<typeof payment>): Promise<unknown> {
    const payerId = await this.people.idOf(payer, 'data.payer');
    const payeeId = await this.people.idOf(payee, 'data.payee');
    const { roomId, context } = await this.things.placeOf(told, [payerId, payeeId]);
    const { amountMinor, currency, method = null, captureMode, isEscrow, authority } = told;
    const { kind, id: contextId } = context ?? { kind: null, id: null };
    const contextKind = Object.values(PaymentContext).find((one) => one === kind) ?? null;
    const plan = { payerId, payeeId, amountMinor, currency, method, captureMode, isEscrow, authority, contextKind, contextId };
    return this.payments.begin(actor, roomId, plan, { externalRef });
  }

  private refundBy(event: 'request' | 'record') {
    return beginning({
      schema: refund,
      begin: async (actor, externalRef, { payment: ref, amountMinor }) => {
        const of = await this.things.one(paymentMachine, ref);
        if (event === 'record') requireHosts(of);
        return this.funds.refund(actor, of, event, { amountMinor, externalRef }).catch(waitIfBlocked(of));
      },
    });
  }

  private chargebackIn(status: ChargebackStatus) {
    return beginning({
      schema: chargeback,
      begin: async (actor, externalRef, { payment: ref, amountMinor, bankReason = null, dueBy = null }) => {
        const of = await this.things.one(paymentMachine, ref);
        requireHosts(of);
        return this.funds.chargeback(actor, of, { status, externalRef, amountMinor, bankReason, dueBy }).catch(waitIfBlocked(of));
      },
    });
  }
}

/** It may not be captured yet, or be on hold. */
const waitIfBlocked =
  ({ roomId }: Payment) =>
  (error: unknown): never => {
    const isBlocked = error instanceof ParleyError && error.code === 'CONFLICT';
    throw isBlocked ? new NotYet([`room:${roomId}`], error.code, error.message) : error;
  };

/** @throws FORBIDDEN */
function requireHosts({ authority }: Payment): void {
  if (authority !== Authority.HOST) throw new ParleyError('FORBIDDEN', WHY_NOT);
}
