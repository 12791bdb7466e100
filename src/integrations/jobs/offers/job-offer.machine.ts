import { formatMoney } from '../../../common/values/money.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Machine, Move } from '../../../transitions/machine/machine.js';
import { jobMachine } from '../job/job.machine.js';
import { jobRoom } from '../job/job.queries.js';
import { assignJob, checkJobIsOpen } from './job-offer.effects.js';
import { JobOffer } from './job-offer.entity.js';

const money = ({ amountMinor, currency }: JobOffer) => formatMoney(amountMinor, currency);

const says =
  (what: string) =>
  ({ actorName, subject }: Move<JobOffer>): string =>
    what.replace('$offer', `the offer of ${money(subject)}`).replace('$who', actorName);

/** What a bidder and the poster agree on. The acceptance gives them the job, in one commit; of many at once one wins. */
export const jobOfferMachine: Machine<JobOffer, 'POSTER' | 'BIDDER'> = {
  name: 'job_offer',
  entity: JobOffer,
  kind: MessageKind.JOB_UPDATE,
  parties: ({ posterId, workerId }, userId) => [
    ...(posterId === userId ? (['POSTER'] as const) : []),
    ...(workerId === userId ? (['BIDDER'] as const) : []),
  ],
  partOf: ({ jobId }) => ({ aggregate: jobMachine.name, id: jobId }),
  facts: ({ jobId, workerId, amountMinor, currency }) => ({ jobId, workerId, amountMinor, currency }),
  words: ({ subject: { amountMinor, currency } }) => ({ amountMinor, currency }),
  reaches: async (manager, { jobId }, event) => (event === 'accept' ? [await jobRoom(manager, jobId)] : []),
  steps: [
    {
      event: 'make',
      from: [],
      to: 'OPEN',
      by: ['BIDDER', 'SERVICE'],
      say: ({ actorName, subject }) => `${actorName} offered to do it for ${money(subject)}`,
    },
    {
      event: 'accept',
      from: ['OPEN'],
      to: 'ACCEPTED',
      by: ['POSTER', 'SERVICE'],
      needs: 'the job is open',
      prepare: checkJobIsOpen,
      effects: [assignJob],
      say: says('$who accepted $offer'),
    },
    { event: 'decline', from: ['OPEN'], to: 'DECLINED', by: ['POSTER', 'SERVICE', 'SYSTEM'], say: says('$who declined $offer') },
    { event: 'withdraw', from: ['OPEN'], to: 'WITHDRAWN', by: ['BIDDER', 'SERVICE'], say: says('$who withdrew $offer') },
    { event: 'withdraw', from: ['ACCEPTED'], to: 'WITHDRAWN', by: ['SYSTEM'], say: says('$offer was withdrawn with the job') },
    { event: 'expire', from: ['OPEN'], to: 'EXPIRED', by: ['TIMER', 'SERVICE', 'SYSTEM'], say: says('$offer has expired') },
  ],
  deadlines: [{ in: ['OPEN'], event: 'expire', due: ({ expiresAt }) => expiresAt, says: 'at `expiresAt`, else after `JOB_OFFER_DAYS`' }],
};
