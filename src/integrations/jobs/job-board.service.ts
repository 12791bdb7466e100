import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../../auth/context.js';
import { connect, decodeCursor, encodeCursor, type ForwardPageArgs, type IConnection, pageSize } from '../../common/graphql/connection.js';
import { isId } from '../../common/values/ids.js';
import { PlatformRole } from '../../policy/roles.js';
import type { Job, JobStatus } from './job/job.entity.js';
import { JobLoader } from './job.loader.js';
import { myJobs, offersSeen, openJobs } from './job/job.queries.js';
import type { JobOffer } from './offers/job-offer.entity.js';

/** Finding jobs and offers: pages, the newest first. */
@Injectable()
export class JobBoard {
  constructor(
    private readonly dataSource: DataSource,
    private readonly loader: JobLoader,
  ) {}

  open(page: ForwardPageArgs): Promise<IConnection<Job>> {
    return this.page(
      page,
      (after, limit) => openJobs(this.dataSource, after, limit),
      (ids) => this.loader.jobsById(ids),
    );
  }

  mine({ userId }: Viewer, status: JobStatus[] | null, page: ForwardPageArgs): Promise<IConnection<Job>> {
    return this.page(
      page,
      (after, limit) => myJobs(this.dataSource, userId, status, after, limit),
      (ids) => this.loader.jobsById(ids),
    );
  }

  offers(jobId: string, { userId, platformRole }: Viewer, page: ForwardPageArgs): Promise<IConnection<JobOffer>> {
    const viewer = { userId, isStaff: platformRole !== PlatformRole.USER };
    return this.page(
      page,
      (after, limit) => offersSeen(this.dataSource, jobId, viewer, after, limit),
      (ids) => this.loader.offersById(ids),
    );
  }

  private async page<Node extends { id: string }>(
    page: ForwardPageArgs,
    find: (after: string | null, limit: number) => Promise<string[]>,
    load: (ids: string[]) => Promise<Node[]>,
  ): Promise<IConnection<Node>> {
    const size = pageSize(page.first);
    const [after = null] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const ids = await find(after, size + 1);
    const shown = ids.slice(0, size);
    const nodes = shown.length === 0 ? [] : await load(shown);
    return connect(nodes, ({ id }) => encodeCursor([id]), { next: ids.length > size, previous: page.after != null });
  }
}
