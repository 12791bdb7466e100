import { formatMoney } from '../../../common/values/money.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Guard, Machine, Move } from '../../../transitions/machine/machine.js';
import { Job } from './job.entity.js';
import { dropProposal, freeJob, keepContact, proposeEnd, settleBidders, takeWorker, takeWorkerOut } from './job.effects.js';
import { giveBack, payOut, requireMoney, takeIntoEscrow } from './job.money.js';
import { acceptedOffer } from './job.queries.js';

const says =
  (what: string) =>
  ({ actorName, subject }: Move<Job>): string =>
    what.replace('$it', `job #${subject.number}`).replace('$who', actorName);

const isNotOver: Guard<Job> = {
  says: 'its time for offers is not over',
  holds: ({ openUntil }, _, now) => openUntil === null || openUntil > now,
  code: 'CONFLICT',
};

const isNotHeld: Guard<Job> = { says: 'not while something is in dispute', holds: ({ isHeld }) => !isHeld, code: 'CONFLICT' };

const isNotProposed: Guard<Job> = {
  says: 'nobody has proposed it yet',
  holds: ({ cancelProposedBy }) => cancelProposedBy === null,
  code: 'CONFLICT',
};

const isProposed: Guard<Job> = {
  says: 'somebody has proposed it',
  holds: ({ cancelProposedBy }) => cancelProposedBy !== null,
  code: 'CONFLICT',
};

const isProposedByOther: Guard<Job> = {
  says: 'the other one has proposed it',
  holds: ({ cancelProposedBy }, { userId }) => cancelProposedBy !== null && cancelProposedBy !== userId,
  code: 'CONFLICT',
};

/** Somebody has begun, and it is not settled: from here it ends early only by both, or by somebody neutral. */
const UNDER_WAY = ['IN_PROGRESS', 'SUBMITTED', 'REVISION_REQUESTED'];

/** From the idea to the end of the work. It is assigned by the acceptance of an offer (SYSTEM), which stands in a room of its own. */
export const jobMachine: Machine<Job, 'POSTER' | 'ASSIGNED_WORKER'> = {
  name: 'job',
  entity: Job,
  kind: MessageKind.JOB_UPDATE,
  parties: ({ posterId, workerId }, userId) => [
    ...(posterId === userId ? (['POSTER'] as const) : []),
    ...(workerId === userId ? (['ASSIGNED_WORKER'] as const) : []),
  ],
  facts: ({ number, agreedMinor, currency }) => ({ jobNumber: number, agreedMinor, currency }),
  words: ({ subject: { number, agreedMinor, currency } }) => ({ number, amountMinor: agreedMinor, currency }),
  reaches: async (manager, { id }, event) => {
    const offer = event === 'withdraw' ? await acceptedOffer(manager, id) : null;
    return offer ? [offer.roomId] : [];
  },
  steps: [
    {
      event: 'create',
      from: [],
      to: 'DRAFT',
      by: ['POSTER', 'SERVICE'],
      effects: [keepContact],
      say: says('$who drafted $it'),
    },
    {
      event: 'publish',
      from: ['DRAFT'],
      to: 'OPEN',
      by: ['POSTER', 'SERVICE'],
      guard: isNotOver,
      say: says('$who published $it'),
    },
    {
      event: 'assign',
      from: ['OPEN'],
      to: 'ASSIGNED',
      by: ['SYSTEM'],
      prepare: takeWorker,
      effects: [settleBidders],
      say: ({ subject }) => `Job #${subject.number} was given to a worker for ${formatMoney(subject.agreedMinor!, subject.currency)}`,
    },
    {
      event: 'withdraw',
      from: ['ASSIGNED'],
      to: 'OPEN',
      by: ['ASSIGNED_WORKER', 'SERVICE'],
      prepare: freeJob,
      effects: [giveBack, takeWorkerOut],
      say: says('$who withdrew from $it, which is open again'),
    },
    { event: 'expire', from: ['OPEN'], to: 'EXPIRED', by: ['TIMER', 'SERVICE'], effects: [settleBidders], say: says('$it has expired') },
    {
      event: 'start',
      from: ['ASSIGNED', 'REVISION_REQUESTED'],
      to: 'IN_PROGRESS',
      by: ['ASSIGNED_WORKER', 'SERVICE'],
      needs: 'where escrow was agreed, as much as was agreed is paid or promised by the bank',
      prepare: async (move) => {
        await requireMoney(move);
        dropProposal(move);
      },
      effects: [takeIntoEscrow],
      say: says('$who is working on $it'),
    },
    {
      event: 'submit',
      from: ['IN_PROGRESS'],
      to: 'SUBMITTED',
      by: ['ASSIGNED_WORKER', 'SERVICE'],
      prepare: dropProposal,
      say: says('$who has done $it'),
    },
    {
      event: 'request_revision',
      from: ['SUBMITTED'],
      to: 'REVISION_REQUESTED',
      by: ['POSTER', 'SERVICE'],
      needsReason: true,
      prepare: dropProposal,
      say: ({ actorName, subject, reason }) => `${actorName} wants something else of job #${subject.number}: ${reason}`,
    },
    {
      event: 'complete',
      from: ['SUBMITTED'],
      to: 'COMPLETED',
      by: ['POSTER', 'SERVICE', 'TIMER'],
      guard: isNotHeld,
      effects: [payOut, settleBidders],
      say: says('$it is complete'),
    },
    {
      event: 'cancel',
      from: ['OPEN', 'ASSIGNED'],
      to: 'CANCELED',
      by: ['POSTER'],
      effects: [giveBack, settleBidders],
      say: says('$who canceled $it'),
    },
    {
      event: 'cancel',
      from: ['OPEN', 'ASSIGNED', ...UNDER_WAY],
      to: 'CANCELED',
      by: ['SERVICE'],
      effects: [giveBack, settleBidders],
      say: says('$it was canceled'),
    },
    {
      event: 'cancel',
      from: UNDER_WAY,
      to: 'CANCELED',
      by: ['SUPPORT_STAFF', 'MEDIATOR'],
      needsReason: true,
      effects: [giveBack, settleBidders],
      say: says('$who canceled $it'),
    },
    {
      event: 'propose_cancel',
      from: UNDER_WAY,
      to: null,
      by: ['POSTER', 'ASSIGNED_WORKER'],
      guard: isNotProposed,
      prepare: proposeEnd,
      say: says('$who proposes to cancel $it'),
    },
    {
      event: 'decline_cancel',
      from: UNDER_WAY,
      to: null,
      by: ['POSTER', 'ASSIGNED_WORKER'],
      guard: isProposed,
      prepare: dropProposal,
      say: says('$who wants to go on with $it'),
    },
    {
      event: 'agree_cancel',
      from: UNDER_WAY,
      to: 'CANCELED',
      by: ['POSTER', 'ASSIGNED_WORKER'],
      guard: isProposedByOther,
      effects: [giveBack, settleBidders],
      say: says('$who agreed to cancel $it'),
    },
  ],
  deadlines: [
    {
      in: ['OPEN'],
      event: 'expire',
      // Whose worker withdrew late takes offers once more.
      due: ({ openUntil }, at, { jobOpenMs }) => (openUntil && openUntil > at ? openUntil : new Date(at.getTime() + jobOpenMs)),
      says: 'its time for offers is over (`openUntil`, else `JOB_OPEN_DAYS`)',
    },
    {
      in: ['SUBMITTED'],
      event: 'complete',
      due: ({ isHeld }, at, { jobCompleteMs }) => (isHeld ? null : new Date(at.getTime() + jobCompleteMs)),
      says: 'the poster had time to object and did not (`JOB_COMPLETE_HOURS`)',
    },
  ],
};
