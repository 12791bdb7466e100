import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import { Job } from './job/job.entity.js';
import { offersOfRooms } from './job/job.queries.js';
import { JobContact } from './job/job-contact.entity.js';
import { JobOffer } from './offers/job-offer.entity.js';

/** Of one bidder for one job. */
const MAX_OFFERS = 50;

@Injectable()
export class JobLoader {
  private readonly byId = perContext<RequestContext, string, Job>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Job, { id: In(ids) })).map((job) => [job.id, job])),
  );

  private readonly byRoom = perContext<RequestContext, string, Job>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Job, { roomId: In(ids) })).map((job) => [job.roomId, job])),
  );

  private readonly contacts = perContext<RequestContext, string, JobContact>(
    async (ids) => new Map((await this.dataSource.manager.findBy(JobContact, { jobId: In(ids) })).map((one) => [one.jobId, one])),
  );

  private readonly offers = perContext<RequestContext, string, JobOffer[]>(async (roomIds) => {
    const ids = await offersOfRooms(this.dataSource, roomIds, MAX_OFFERS);
    return Map.groupBy(await this.offersById(ids), (offer) => offer.roomId);
  });

  constructor(private readonly dataSource: DataSource) {}

  job(context: RequestContext, id: string): Promise<Job | undefined> {
    return this.byId(context).load(id);
  }

  ofRoom(context: RequestContext, roomId: string): Promise<Job | undefined> {
    return this.byRoom(context).load(roomId);
  }

  contact(context: RequestContext, jobId: string): Promise<JobContact | undefined> {
    return this.contacts(context).load(jobId);
  }

  /** The newest first. */
  async offersIn(context: RequestContext, roomId: string): Promise<JobOffer[]> {
    return (await this.offers(context).load(roomId)) ?? [];
  }

  /** The newest first. */
  jobsById(ids: string[]): Promise<Job[]> {
    return this.dataSource.manager.find(Job, { where: { id: In(ids) }, order: { id: 'DESC' } });
  }

  offersById(ids: string[]): Promise<JobOffer[]> {
    return this.dataSource.manager.find(JobOffer, { where: { id: In(ids) }, order: { id: 'DESC' } });
  }
}
