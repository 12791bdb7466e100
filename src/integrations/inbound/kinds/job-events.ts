import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { badInput, ParleyError } from '../../../common/errors/errors.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { JobCreation } from '../../jobs/job/job-creation.service.js';
import { jobMachine } from '../../jobs/job/job.machine.js';
import { liveOffer } from '../../jobs/job/job.queries.js';
import { jobOfferMachine } from '../../jobs/offers/job-offer.machine.js';
import { JobOffers } from '../../jobs/offers/job-offers.service.js';
import { currency, instant, minor, text } from '../receiving/envelope.js';
import { beginning, InboundHandlers, NotYet } from '../receiving/handlers.js';
import { People, person } from './people.js';
import { thing, Things } from './things.js';

const job = z.object({
  poster: person,
  title: text(100),
  description: text(4_000).nullish(),
  area: text(100).nullish(),
  address: text(500).nullish(),
  phone: text(40).nullish(),
  budgetMinor: minor,
  currency,
  startsAt: instant.nullish(),
  endsAt: instant.nullish(),
  openUntil: instant.nullish(),
  isEscrow: z.boolean().default(false),
  authority: z.enum(Authority).default(Authority.PARLEY),
});

const offer = z.object({ job: thing, worker: person, amountMinor: minor, expiresAt: instant.nullish() });

/** What systems tell of jobs and the offers for them. A job is given away by the acceptance of an offer. */
@Injectable()
export class JobEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly people: People,
    private readonly things: Things,
    private readonly offers: JobOffers,
    jobs: JobCreation,
    handlers: InboundHandlers,
  ) {
    handlers.add({
      machine: jobMachine,
      beginnings: {
        create: beginning({
          schema: job,
          discreet: ['address', 'phone'],
          begin: async (actor, externalRef, { poster, ...plan }) =>
            jobs.create(actor, { ...plan, posterId: await people.idOf(poster, 'data.poster'), externalRef }),
        }),
      },
    });
    handlers.add({
      machine: jobOfferMachine,
      beginnings: { make: beginning({ schema: offer, begin: (...told) => this.make(...told) }) },
    });
  }

  private async make(actor: Actor, externalRef: string, { job: of, worker, ...terms }: z.output<typeof offer>): Promise<unknown> {
    const workerId = await this.people.idOf(worker, 'data.worker');
    const { id: jobId, roomId, posterId } = await this.things.one(jobMachine, of);
    if (posterId === workerId) throw badInput('data.worker', 'data.worker: nobody works for themselves');
    return this.offers.make(actor, { ...terms, jobId, workerId, externalRef }).catch(async (error: unknown) => {
      if (!(error instanceof ParleyError && error.code === 'CONFLICT')) throw error;
      // The job may not be open yet, or their other offer for it may have to end first.
      const other = await liveOffer(this.dataSource, jobId, workerId);
      throw new NotYet([`room:${roomId}`, ...(other ? [`${jobOfferMachine.name}:${other}`] : [])], error.code, error.message);
    });
  }
}
