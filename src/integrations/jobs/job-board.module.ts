import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Move } from '../../transitions/machine/machine.js';
import { Machines } from '../../transitions/machine/machines.js';
import { TransitionsModule } from '../../transitions/transitions.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { Job } from './job/job.entity.js';
import { JobLoader } from './job.loader.js';
import { jobMachine } from './job/job.machine.js';
import { followLatePayment, keepWages } from './job/job.money.js';
import { acceptedOffer } from './job/job.queries.js';
import { JobFieldsResolver, JobResolver, JobStream, RoomJobResolver } from './job.resolver.js';
import { JobBidders } from './offers/job-bidders.service.js';
import { JobBoard } from './job-board.service.js';
import { JobContact } from './job/job-contact.entity.js';
import { JobCreation } from './job/job-creation.service.js';
import { JobHolds } from './job/job-holds.service.js';
import { JobOffer } from './offers/job-offer.entity.js';
import { jobOfferMachine } from './offers/job-offer.machine.js';
import { JobOfferFieldsResolver, JobOfferStream, JobOffersResolver, RoomJobOffersResolver } from './job-offer.resolver.js';
import { JobOffers } from './offers/job-offers.service.js';
import { JobPaymentsResolver } from './job-payments.resolver.js';
import { JobStepsResolver } from './job-steps.resolver.js';

/** Who withdraws from a job has withdrawn their offer. */
async function withdrawOffer(move: Move): Promise<void> {
  const offer = move.event === 'withdraw' ? await acceptedOffer(move.manager, move.subject.id) : null;
  if (offer) await move.fire(jobOfferMachine, offer.id, { event: 'withdraw' });
}

@Module({
  imports: [TypeOrmModule.forFeature([Job, JobContact, JobOffer]), TransitionsModule, PaymentsModule],
  providers: [
    JobCreation,
    JobOffers,
    JobBidders,
    JobHolds,
    JobBoard,
    JobLoader,
    JobResolver,
    JobStepsResolver,
    JobFieldsResolver,
    JobPaymentsResolver,
    RoomJobResolver,
    JobOffersResolver,
    JobOfferFieldsResolver,
    RoomJobOffersResolver,
    JobStream,
    JobOfferStream,
  ],
  exports: [JobCreation, JobOffers, TransitionsModule],
})
export class JobBoardModule {
  constructor(machines: Machines) {
    machines.add(jobMachine);
    machines.add(jobOfferMachine);
    machines.observe('job', withdrawOffer);
    machines.observe('payment', followLatePayment);
    machines.observe('payment', keepWages);
  }
}
