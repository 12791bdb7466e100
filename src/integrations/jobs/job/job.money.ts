import { ParleyError } from '../../../common/errors/errors.js';
import type { Effect, Move } from '../../../transitions/machine/machine.js';
import { captureIntoEscrow, returnFunds, settleFunds } from '../../payments/settlement/decisions.js';
import { arrivedFor, type Ends, settleLate } from '../../payments/settlement/observers.js';
import { RANK } from '../../payments/payment/payment.effects.js';
import { Payment, PaymentContext, PaymentStatus } from '../../payments/payment/payment.entity.js';
import { Job } from './job.entity.js';
import { hasWithdrawnSince } from './job.queries.js';

const fundsOf = ({ id }: Job) => ({ kind: PaymentContext.JOB, id });

/** Of what the poster has paid for the job to its worker, or their bank has promised: also while the provider takes it. */
function securedOf({ status, providerRank, amountMinor, capturedMinor, refundedMinor, reservedMinor }: Payment): number {
  const isPromised = status === PaymentStatus.PROCESSING && providerRank >= RANK.AUTHORIZED;
  if (status === PaymentStatus.AUTHORIZED || isPromised) return amountMinor;
  return capturedMinor - refundedMinor - reservedMinor;
}

/** What the poster pays the worker for it, in its currency. */
function wagesOf(manager: Move['manager'], { id, roomId, posterId, workerId, currency }: Job): Promise<Payment[]> {
  const between = { roomId, payerId: posterId, payeeId: workerId!, currency };
  return manager.find(Payment, { where: { ...between, contextKind: PaymentContext.JOB, contextId: id }, order: { id: 'ASC' } });
}

const securedMinor = async (manager: Move['manager'], job: Job): Promise<number> =>
  (await wagesOf(manager, job)).reduce((sum, payment) => sum + securedOf(payment), 0);

/** @throws CONFLICT while less than was agreed is there */
export async function requireMoney({ manager, subject }: Move<Job>): Promise<void> {
  const { isEscrow, agreedMinor } = subject;
  if (!isEscrow) return;
  const secured = await securedMinor(manager, subject);
  if (secured < agreedMinor!) throw new ParleyError('CONFLICT', 'The payment is not there yet', { agreedMinor, securedMinor: secured });
}

/** A promise of the bank ends after some days, and work may take longer: from its beginning on the money is held, not promised. */
export const takeIntoEscrow: Effect<Job> = {
  says: 'where it was agreed, what is authorised for it is taken and held',
  run: async (move) => {
    if (!move.subject.isEscrow) return;
    for (const payment of await wagesOf(move.manager, move.subject)) await captureIntoEscrow(move, payment);
  },
};

export const payOut: Effect<Job> = {
  says: 'what was paid for it is captured and released',
  run: (move) => settleFunds(move, fundsOf(move.subject)),
};

export const giveBack: Effect<Job> = { says: 'what was paid for it goes back', run: (move) => returnFunds(move, fundsOf(move.subject)) };

const ENDS: Ends = { off: new Set(['CANCELED', 'EXPIRED', 'OPEN']), done: new Set(['COMPLETED']) };
const IN_WORK: ReadonlySet<string> = new Set(['IN_PROGRESS', 'SUBMITTED', 'REVISION_REQUESTED']);

/** What was paid for a job, and comes in or is free again late: in the middle of the work, after its end, or after its worker has withdrawn. */
export async function followLatePayment(move: Move): Promise<void> {
  const id = arrivedFor(move, PaymentContext.JOB);
  if (id === null) return;
  const { manager, subject } = move;
  const job = await manager.findOneByOrFail(Job, { id });
  if (await hasWithdrawnSince(manager, id, subject.createdAt)) return returnFunds(move, { paymentId: subject.id });
  if (!job.isEscrow || !IN_WORK.has(job.status)) return settleLate(move, job, ENDS);
  for (const payment of await wagesOf(manager, job)) if (payment.id === subject.id) await captureIntoEscrow(move, payment);
}

/** Whoever pays for work cannot call the money back while somebody relies on it: they cancel the job. @throws CONFLICT */
export async function keepWages({ event, from, subject, actor, manager }: Move): Promise<void> {
  if (event !== 'cancel' || from !== PaymentStatus.AUTHORIZED || actor.source !== 'USER') return;
  if (!(subject instanceof Payment) || subject.contextKind !== PaymentContext.JOB || actor.userId !== subject.payerId) return;
  const job = await manager.findOneByOrFail(Job, { id: subject.contextId! });
  const isReliedOn = job.isEscrow && (job.status === 'ASSIGNED' || IN_WORK.has(job.status)) && subject.payeeId === job.workerId;
  if (isReliedOn && (await securedMinor(manager, job)) < job.agreedMinor!) {
    throw new ParleyError('CONFLICT', 'A job relies on this payment', { jobId: job.id });
  }
}
