import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OrdersModule } from '../../orders/orders.module.js';
import { SeatRules } from '../../participants/seats/seat-rules.js';
import { Machines } from '../../transitions/machine/machines.js';
import { ChargebackEvidenceResolver } from './chargeback-evidence.resolver.js';
import { DisputeBundle, DisputeEvidence, DisputeOffer } from './dispute/dispute-file.entity.js';
import {
  DisputeBundleResolver,
  DisputeEvidenceResolver,
  DisputeFieldsResolver,
  DisputeOfferResolver,
  DisputePeopleResolver,
  RoomDisputesResolver,
} from './dispute-fields.resolver.js';
import { Dispute } from './dispute/dispute.entity.js';
import { disputeMachine } from './machine/dispute.machine.js';
import { followAward } from './machine/shortfalls.js';
import { disputeSeats } from './dispute/dispute-seats.js';
import { DisputeHolds } from './dispute-holds.service.js';
import { DisputesLoader } from './disputes.loader.js';
import { DisputeReviewsResolver } from './dispute-reviews.resolver.js';
import { DisputeStream, DisputesResolver } from './disputes.resolver.js';
import { DisputesService } from './disputes.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Dispute, DisputeOffer, DisputeEvidence, DisputeBundle]), OrdersModule],
  providers: [
    DisputesService,
    DisputesLoader,
    DisputeHolds,
    DisputesResolver,
    DisputeReviewsResolver,
    DisputeFieldsResolver,
    DisputePeopleResolver,
    DisputeOfferResolver,
    DisputeEvidenceResolver,
    DisputeBundleResolver,
    ChargebackEvidenceResolver,
    RoomDisputesResolver,
    DisputeStream,
  ],
  exports: [DisputesService],
})
export class DisputesModule {
  constructor(machines: Machines, seats: SeatRules) {
    machines.add(disputeMachine);
    for (const machine of ['refund', 'payment']) machines.observe(machine, followAward);
    seats.add(disputeSeats(machines));
  }
}
