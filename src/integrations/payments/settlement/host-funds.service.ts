import { Injectable } from '@nestjs/common';
import { ParleyError } from '../../../common/errors/errors.js';
import { newId } from '../../../common/values/ids.js';
import { lockRoom } from '../../../participants/membership/membership.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { Chargeback, type ChargebackStatus } from './chargeback.entity.js';
import { chargebackMachine } from './chargeback.machine.js';
import { refundOf } from './decisions.js';
import { Payment } from '../payment/payment.entity.js';
import { Refund } from './refund.entity.js';
import { refundMachine } from './refund.machine.js';

/** What the host has heard of a bank. */
export interface BankClaim {
  externalRef: string;
  status: ChargebackStatus;
  amountMinor: number;
  bankReason: string | null;
  dueBy: Date | null;
}

/** Refunds and chargebacks that come into being by the word of the host. The same `externalRef` is the same one. */
@Injectable()
export class HostFunds {
  constructor(private readonly transitions: Transitions) {}

  /** `request`: it shall be given back; `record`: the host has begun to. @throws CONFLICT for more than is left, or while it is on hold */
  refund(actor: Actor, payment: Payment, event: 'request' | 'record', told: Pick<Refund, 'amountMinor' | 'externalRef'>): Promise<Refund> {
    const { amountMinor, externalRef } = told;
    const request = { event, payload: { paymentId: payment.id, amountMinor }, externalRef };
    return this.transitions.begin(refundMachine, actor, request, async ({ manager }) => {
      await lockRoom(manager, payment.roomId);
      return Object.assign(refundOf(payment, amountMinor), { externalRef });
    });
  }

  /** @throws CONFLICT while nothing of it was taken */
  chargeback(actor: Actor, payment: Payment, { status, externalRef, ...claim }: BankClaim): Promise<Chargeback> {
    const { id: paymentId, roomId, authority, payerId, payeeId, currency, provider } = payment;
    const own = { paymentId, roomId, authority, payerId, payeeId, currency, provider, providerRef: externalRef, externalRef };
    return this.transitions.begin(chargebackMachine, actor, { event: status.toLowerCase(), externalRef }, async ({ manager }) => {
      await lockRoom(manager, roomId);
      const { capturedMinor } = await manager.findOneByOrFail(Payment, { id: paymentId });
      if (capturedMinor === 0) throw new ParleyError('CONFLICT', 'Nothing of the payment was taken yet');
      return Object.assign(new Chargeback(), { id: newId(), ...own, ...claim });
    });
  }
}
