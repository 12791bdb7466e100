import { ParleyError } from '../../../common/errors/errors.js';
import type { Effect, Move } from '../../../transitions/machine/machine.js';
import { Job, JobStatus } from '../job/job.entity.js';
import { jobMachine } from '../job/job.machine.js';
import type { JobOffer } from './job-offer.entity.js';

/** Under the lock of the job's room, which is what many acceptances at once wait for. @throws CONFLICT */
export async function checkJobIsOpen({ manager, subject }: Move<JobOffer>): Promise<void> {
  const { status } = await manager.findOneByOrFail(Job, { id: subject.jobId });
  if (status !== JobStatus.OPEN) throw new ParleyError('CONFLICT', 'The job takes no offers any more', { jobStatus: status });
}

export const assignJob: Effect<JobOffer> = {
  says: 'the job: `assign`',
  run: async (move) => {
    const { id, jobId, workerId, amountMinor } = move.subject;
    await move.fire(jobMachine, jobId, { event: 'assign', payload: { offerId: id, workerId, amountMinor } });
  },
};
