import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Deadlines } from '../../transitions/deadlines.service.js';
import { Machines } from '../../transitions/machines.js';
import { TransitionsModule } from '../../transitions/transitions.module.js';
import { Chargeback } from './chargeback.entity.js';
import { chargebackMachine } from './chargeback.machine.js';
import { EscrowHold } from './escrow-hold.entity.js';
import { escrowMachine } from './escrow.machine.js';
import { PaymentFieldsResolver, RoomPaymentsResolver } from './payment-fields.resolver.js';
import { PaymentHold } from './payment-hold.entity.js';
import { RECHECK, recheck } from './payment.effects.js';
import { followOrder, undoLateSuccess } from './observers.js';
import { SandboxController } from './sandbox.controller.js';
import { Payment } from './payment.entity.js';
import { paymentMachine } from './payment.machine.js';
import { PaymentsLoader } from './payments.loader.js';
import { PaymentsResolver } from './payments.resolver.js';
import { Payments } from './payments.service.js';
import { ProviderCalls } from './provider-calls.service.js';
import { ProviderEvents } from './provider-events.service.js';
import { StripeWebhook } from './stripe-webhook.js';
import { ProviderEvent } from './provider-event.entity.js';
import { Providers } from './providers.service.js';
import { Refund } from './refund.entity.js';
import { refundMachine } from './refund.machine.js';
import { RefundsResolver } from './refunds.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([Payment, Refund, EscrowHold, Chargeback, PaymentHold, ProviderEvent]), TransitionsModule],
  controllers: [SandboxController],
  providers: [
    Providers,
    Payments,
    ProviderCalls,
    ProviderEvents,
    StripeWebhook,
    PaymentsLoader,
    PaymentsResolver,
    RefundsResolver,
    PaymentFieldsResolver,
    RoomPaymentsResolver,
  ],
  exports: [Payments],
})
export class PaymentsModule {
  constructor(machines: Machines, deadlines: Deadlines) {
    deadlines.handle(RECHECK, ({ manager }, { aggregateId }) => recheck(manager, aggregateId));
    machines.add(paymentMachine);
    machines.add(refundMachine);
    machines.add(escrowMachine);
    machines.add(chargebackMachine);
    machines.observe('order', followOrder);
    machines.observe('payment', undoLateSuccess);
  }
}
