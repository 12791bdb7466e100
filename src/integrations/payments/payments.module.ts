import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../../common/clock.js';
import { Deadlines } from '../../transitions/deadlines/deadlines.service.js';
import { Machines } from '../../transitions/machine/machines.js';
import { TransitionsModule } from '../../transitions/transitions.module.js';
import { Chargeback } from './settlement/chargeback.entity.js';
import { chargebackMachine } from './settlement/chargeback.machine.js';
import { EscrowHold } from './payment/escrow-hold.entity.js';
import { escrowMachine } from './payment/escrow.machine.js';
import { HostFunds } from './settlement/host-funds.service.js';
import { OrderPaymentsResolver, PaymentFieldsResolver, RoomPaymentsResolver } from './payment-fields.resolver.js';
import { PaymentHold } from './payment/payment-hold.entity.js';
import { RECHECK, recheck } from './payment/payment.effects.js';
import { FundsResolver } from './funds.resolver.js';
import { followLatePayment, followOrder, releaseDecided, undoLateSuccess } from './settlement/observers.js';
import { SandboxController } from './provider/sandbox.controller.js';
import { Payment } from './payment/payment.entity.js';
import { paymentMachine } from './payment/payment.machine.js';
import { PaymentsForLoader } from './payments-for.loader.js';
import { PaymentsLoader } from './payments.loader.js';
import { PaymentStream, PaymentsResolver } from './payments.resolver.js';
import { Payments } from './payments.service.js';
import { ProviderCalls } from './provider/provider-calls.service.js';
import { ProviderEvents } from './provider/provider-events.service.js';
import { Providers } from './provider/providers.service.js';
import { Refund } from './settlement/refund.entity.js';
import { refundMachine } from './settlement/refund.machine.js';
import { RefundsResolver } from './refunds.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([Payment, Refund, EscrowHold, Chargeback, PaymentHold]), TransitionsModule],
  controllers: [SandboxController],
  providers: [
    Providers,
    Payments,
    HostFunds,
    ProviderCalls,
    ProviderEvents,
    PaymentsLoader,
    PaymentsForLoader,
    PaymentsResolver,
    RefundsResolver,
    FundsResolver,
    PaymentFieldsResolver,
    OrderPaymentsResolver,
    RoomPaymentsResolver,
    PaymentStream,
  ],
  exports: [Payments, HostFunds, Providers, ProviderEvents, PaymentsForLoader],
})
export class PaymentsModule {
  constructor(machines: Machines, deadlines: Deadlines, clock: Clock) {
    deadlines.handle(RECHECK, async ({ manager }, { roomId, aggregate, aggregateId: id }) => {
      const next = await recheck(manager, id, clock.now());
      if (next) await deadlines.set(manager, { roomId, aggregate, id }, RECHECK, next);
    });
    machines.add(paymentMachine);
    machines.add(refundMachine);
    machines.add(escrowMachine);
    machines.add(chargebackMachine);
    machines.observe('order', followOrder);
    machines.observe('payment', undoLateSuccess);
    machines.observe('payment', followLatePayment);
    machines.observe('payment', releaseDecided);
  }
}
