import { addJob } from '../../../jobs/jobs.queries.js';
import { bringIn, takeOut } from '../../../participants/seats/seats.js';
import { ParticipantRole } from '../../../policy/roles.js';
import type { Effect, Move } from '../../../transitions/machine/machine.js';
import type { Job } from './job.entity.js';
import { JobContact } from './job-contact.entity.js';

export const SETTLE_BIDDERS = 'job.settle_bidders';

export const keepContact: Effect<Job> = {
  says: 'address and telephone are kept apart',
  run: async ({ manager, subject, confidential }) => {
    const { address = null, phone = null } = confidential as Partial<JobContact>;
    await manager.insert(JobContact, { jobId: subject.id, address, phone });
  },
};

/**
 * They take their seat before the message, so that it is the first thing they can read: what was said with an earlier worker is not
 * theirs.
 */
export async function takeWorker({ tx, subject, payload }: Move<Job>): Promise<void> {
  const userId = payload['workerId'] as string;
  subject.workerId = userId;
  subject.agreedMinor = payload['amountMinor'] as number;
  await bringIn(tx, subject.roomId, { userId, role: ParticipantRole.WORKER, shareHistory: false }, subject.posterId);
}

export function freeJob({ subject }: Move<Job>): void {
  subject.workerId = subject.agreedMinor = null;
}

export function proposeEnd({ subject, actor }: Move<Job>): void {
  subject.cancelProposedBy = actor.userId;
}

export function dropProposal({ subject }: Move<Job>): void {
  subject.cancelProposedBy = null;
}

/** Hundreds of rooms may follow, so not in this commit. */
export const settleBidders: Effect<Job> = {
  says: 'the offers of the others are declined and their rooms close, a little later',
  run: ({ manager, subject }) => addJob(manager, SETTLE_BIDDERS, { jobId: subject.id }),
};

export const takeWorkerOut: Effect<Job> = {
  says: 'the worker leaves the room',
  run: async ({ tx, before, subject, actor }) => {
    if (before?.workerId) await takeOut(tx, subject.roomId, before.workerId, 'withdrew from the job', actor.userId);
  },
};
