import { ADDRESS, type Cast, PHONE } from './jobs.js';
import { printStep } from '../support/print.js';
import type { Person } from '../support/person.js';

interface Money {
  payment: { status: string; escrow: { status: string; releasedMinor: number } | null };
}

const PAYMENT = 'query ($id: ID!) { payment(id: $id) { status escrow { status releasedMinor } } }';
const AGREED_MINOR = 11_500;

const moneyOf = async (person: Person, id: string) => (await person.api.get<Money>(PAYMENT, { id })).payment;

export async function working(cast: Cast): Promise<void> {
  const { office, poster, bidders, windows, promises, jobId, roomId } = cast;
  const worker = bidders[1]!.person.besides();
  await worker.enter(roomId);
  windows.push(worker);
  promises.same('escrow', 'work without the money', await worker.refusalOf('startJob', { jobId }), 'CONFLICT');
  const paymentId = await paying(cast, worker);

  await worker.do('startJob', { jobId });
  await worker.say('I am here, the first room is taped.');
  promises.same('roles', 'the worker is content with their own work', await worker.refusalOf('completeJob', { jobId }), 'FORBIDDEN');
  await worker.do('submitJob', { jobId });
  await poster.hears('job.submit');
  promises.same('roles', 'a revision without a word', await poster.refusalOf('requestRevision', { jobId }), 'BAD_USER_INPUT');
  await poster.do('requestRevision', { jobId, reason: 'the ceiling in the hall is still grey' });
  await worker.hears('job.request_revision');
  await worker.do('startJob', { jobId });
  // The board's time clock tells when the worker has gone home.
  await office.reports('job.submit', { id: jobId });
  promises.same('escrow', 'before it is complete', (await moneyOf(worker, paymentId)).escrow, { status: 'HELD', releasedMinor: 0 });
  await poster.do('completeJob', { jobId });
  await worker.hears('escrow.release');
  const released = { status: 'CAPTURED', escrow: { status: 'RELEASED', releasedMinor: AGREED_MINOR } };
  promises.same('escrow', 'afterwards', await moneyOf(worker, paymentId), released);
  await poster.say('Beautiful, thank you! 🏠');
  for (const { side } of [poster, worker]) {
    await side.until('the thanks', ({ messages }) => messages.at(-1)?.content?.startsWith('Beautiful') === true);
  }
  checkStory(cast, worker);
  printStep('Done, done better, complete: the money went to the worker.');
}

/** Taken from the poster, and held. */
async function paying({ poster, promises, jobId, roomId }: Cast, worker: Person): Promise<string> {
  const input = { roomId, payeeId: worker.id, amountMinor: AGREED_MINOR, currency: 'EUR', isEscrow: true };
  const { id } = await poster.do('initiatePayment', { ...input, method: 'card', contextKind: 'JOB', contextId: jobId });
  await worker.hears('escrow.hold');
  promises.same('escrow', 'the money is held', await moneyOf(worker, id), {
    status: 'CAPTURED',
    escrow: { status: 'HELD', releasedMinor: 0 },
  });
  promises.same(
    'roles',
    'the worker takes it',
    await worker.refusalOf('requestRefund', { paymentId: id, amountMinor: AGREED_MINOR + 1 }),
    'CONFLICT',
  );
  printStep('The money for the job is held; the work may begin.');
  return id;
}

const WORK = ['assign', 'start', 'submit', 'request_revision', 'start', 'submit', 'complete'].map((event) => `job.${event}`);

function checkStory({ poster, bidders, windows, promises }: Cast, worker: Person): void {
  const work = ({ side }: Person) => side.steps.filter((step) => step.startsWith('job.'));
  promises.same('steps', 'what the worker read', work(worker), WORK);
  promises.same('steps', 'what the poster read', work(poster), ['job.create', 'job.publish', ...WORK]);
  const after = poster.side.messages.filter(({ sequence }) => sequence >= (worker.side.messages[0]?.sequence ?? 0));
  promises.same(
    'steps',
    'all that both could read',
    worker.side.messages.map(({ id }) => id),
    after.map(({ id }) => id),
  );
  const told = JSON.stringify([...windows, ...bidders.map(({ poster: window }) => window)].map(({ side }) => side.messages));
  for (const secret of [ADDRESS, PHONE]) promises.look('address', 'it stands in a message', !told.includes(secret));
}
