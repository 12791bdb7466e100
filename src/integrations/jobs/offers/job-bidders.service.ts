import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Jobs } from '../../../jobs/jobs.service.js';
import { lockRoom } from '../../../participants/membership/membership.js';
import { RoomStatus } from '../../../policy/roles.js';
import { setRoomStatus } from '../../../rooms/room/room-steps.js';
import { Timeline, type TimelineTransaction } from '../../../timeline/timeline.service.js';
import { lapseBegun } from '../../../transitions/log/step-requests.queries.js';
import { SYSTEM } from '../../../transitions/machine/machine.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { SETTLE_BIDDERS } from '../job/job.effects.js';
import { jobMachine } from '../job/job.machine.js';
import { IN_HANDS, JobStatus } from '../job/job.entity.js';
import { biddersRooms, offersInRoom, shareJob } from '../job/job.queries.js';
import { JobOfferStatus } from './job-offer.entity.js';
import { jobOfferMachine } from './job-offer.machine.js';

/** As the host is asked for an offer. */
const ASKED = `${jobOfferMachine.name}.make`;

/** What follows for the bidders when a job takes no more offers: theirs are declined or no longer asked for, and their rooms close. */
@Injectable()
export class JobBidders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly transitions: Transitions,
    jobs: Jobs,
  ) {
    jobs.handle(SETTLE_BIDDERS, (payload) => this.settle((payload as { jobId: string }).jobId));
  }

  /** A commit for each room. Who comes to a room a second time finds nothing to do. */
  private async settle(jobId: string): Promise<void> {
    for (const roomId of await biddersRooms(this.dataSource, jobId)) {
      await this.timeline.commit((tx) => this.settleRoom(tx, jobId, roomId));
    }
  }

  private async settleRoom(tx: TimelineTransaction, jobId: string, roomId: string): Promise<void> {
    await lockRoom(tx.manager, roomId);
    const { status, workerId } = await shareJob(tx.manager, jobId);
    // Its worker has withdrawn meanwhile.
    if (status === JobStatus.OPEN) return;
    const offers = await offersInRoom(tx.manager, jobId, roomId);
    const isGiven = IN_HANDS.has(status);
    if (isGiven && status !== JobStatus.COMPLETED && offers.some(({ worker_id }) => worker_id === workerId)) return;
    const step = isGiven
      ? { event: 'decline', reason: 'The job was given to somebody else' }
      : { event: 'expire', reason: 'The job is over' };
    for (const { id } of offers.filter((offer) => offer.status === (JobOfferStatus.OPEN as string))) {
      await this.transitions.step(tx, jobOfferMachine, SYSTEM, id, step);
    }
    await lapseBegun(tx.manager, { aggregate: jobMachine.name, id: jobId, roomId }, ASKED);
    await setRoomStatus(tx, roomId, RoomStatus.CLOSED, null, 'the job takes no more offers');
  }
}
