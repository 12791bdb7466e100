import { afterAll, beforeAll } from '@jest/globals';
import { jobMachine } from '../src/integrations/jobs/job/job.machine.js';
import { jobOfferMachine } from '../src/integrations/jobs/offers/job-offer.machine.js';
import { testCells } from './support/cells.js';
import { answerOf, type Cell, type Rule } from './support/rules.js';
import { testWalk } from './support/walk.js';
import { type JobPeople, makeJobOffers, makeJobs } from './support/jobs.js';
import { type Person, World } from './support/world.js';

const JOB_STATES = 'DRAFT OPEN ASSIGNED IN_PROGRESS SUBMITTED REVISION_REQUESTED COMPLETED EXPIRED CANCELED'.split(' ');
const UNDER_WAY = 'IN_PROGRESS SUBMITTED REVISION_REQUESTED';
const JOB_RULES: Rule[] = [
  ['DRAFT', 'publish', 'poster SERVICE', 'OPEN'],
  ['OPEN', 'assign', 'SYSTEM', 'ASSIGNED'],
  ['ASSIGNED', 'withdraw', 'worker SERVICE', 'OPEN'],
  ['OPEN', 'expire', 'SERVICE TIMER', 'EXPIRED'],
  ['ASSIGNED REVISION_REQUESTED', 'start', 'worker SERVICE', 'IN_PROGRESS'],
  ['IN_PROGRESS', 'submit', 'worker SERVICE', 'SUBMITTED'],
  ['SUBMITTED', 'request_revision', 'poster SERVICE', 'REVISION_REQUESTED'],
  ['SUBMITTED', 'complete', 'poster SERVICE TIMER', 'COMPLETED'],
  ['OPEN ASSIGNED', 'cancel', 'poster', 'CANCELED'],
  [`OPEN ASSIGNED ${UNDER_WAY}`, 'cancel', 'SERVICE', 'CANCELED'],
  [UNDER_WAY, 'cancel', 'SUPPORT_STAFF MEDIATOR', 'CANCELED'],
  [UNDER_WAY, 'propose_cancel', 'poster worker'],
  // Nobody has proposed it here; what follows a proposal has tests of its own.
  ['', 'decline_cancel', 'poster worker'],
  ['', 'agree_cancel', 'poster worker'],
];
const MUTATIONS: Record<string, string> = {
  publish: 'publishJob',
  withdraw: 'withdrawFromJob',
  expire: 'expireJob',
  start: 'startJob',
  submit: 'submitJob',
  request_revision: 'requestRevision',
  complete: 'completeJob',
  cancel: 'cancelJob',
  propose_cancel: 'proposeJobCancellation',
  decline_cancel: 'declineJobCancellation',
  agree_cancel: 'agreeToJobCancellation',
};

const OFFER_STATES = 'OPEN ACCEPTED DECLINED WITHDRAWN EXPIRED'.split(' ');
const OFFER_RULES: Rule[] = [
  ['OPEN', 'accept', 'poster SERVICE', 'ACCEPTED'],
  ['OPEN', 'decline', 'poster SERVICE SYSTEM', 'DECLINED'],
  ['OPEN', 'withdraw', 'worker SERVICE', 'WITHDRAWN'],
  ['ACCEPTED', 'withdraw', 'SYSTEM', 'WITHDRAWN'],
  ['OPEN', 'expire', 'SERVICE TIMER SYSTEM', 'EXPIRED'],
];
const OFFER_MUTATIONS: Record<string, string> = {
  accept: 'acceptJobOffer',
  decline: 'declineJobOffer',
  withdraw: 'withdrawJobOffer',
  expire: 'expireJobOffer',
};

/** Before somebody has the job there is no worker; and what nobody has proposed is a conflict where it could be proposed. */
function expectedOfJob(cell: Cell): string {
  if (cell.actor === 'worker' && ['DRAFT', 'OPEN', 'EXPIRED'].includes(cell.status)) return 'FORBIDDEN';
  const answer = answerOf(JOB_RULES)(cell);
  const followsProposal = ['decline_cancel', 'agree_cancel'].includes(cell.event) && UNDER_WAY.includes(cell.status);
  return followsProposal && answer === 'ILLEGAL_TRANSITION' ? 'CONFLICT' : answer;
}

let world: World;
let people: JobPeople;
let actors: Record<string, Person>;

beforeAll(async () => {
  world = await World.start();
  const { poster, worker, SUPPORT_STAFF, MEDIATOR, ADMIN, OBSERVER, CUSTOMER } = await world.people(
    ...(['poster', 'worker', 'SUPPORT_STAFF', 'MEDIATOR', 'ADMIN', 'OBSERVER', 'CUSTOMER'] as const),
  );
  // In the role of a worker in the room, and not the one who has the job.
  const WORKER = await world.person('another worker');
  people = { poster, worker, others: { SUPPORT_STAFF, MEDIATOR, ADMIN, OBSERVER, CUSTOMER, WORKER } };
  actors = { poster, worker, ...people.others, SERVICE: await world.person('Host', 'SERVICE') };
});

afterAll(() => world.stop());

const mutationsOf = (names: Record<string, string>, id: string) =>
  Object.fromEntries(
    Object.entries(names).map(([event, name]) => [
      event,
      { name, input: (subject: { id: string }) => ({ [id]: subject.id, reason: 'because' }) },
    ]),
  );

testCells('a job', JOB_STATES, () => ({
  world,
  machine: jobMachine,
  actors,
  make: (status, count) => makeJobs(world, people, status, count),
  mutations: mutationsOf(MUTATIONS, 'jobId'),
  payloads: { assign: { workerId: people.worker.id, amountMinor: 100 } },
  expected: expectedOfJob,
}));

const offers = () => ({
  world,
  machine: jobOfferMachine,
  actors,
  make: (status: string, count: number) => makeJobOffers(world, people, status, count),
  mutations: mutationsOf(OFFER_MUTATIONS, 'offerId'),
  expected: answerOf(OFFER_RULES),
});

testCells('an offer', OFFER_STATES, offers);
testWalk('an offer', () => ({
  ...offers(),
  rules: OFFER_RULES,
  start: 'OPEN',
  shown: ({ id }, fields) => `jobOffer(id: "${id}") { ${fields} }`,
}));
