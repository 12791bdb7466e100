import { ParleyError } from '../../../common/errors.js';
import type { Effect, Move } from '../../../transitions/machine.js';
import { returnFunds, settleFunds } from '../../payments/settlement/decisions.js';
import { arrivedFor, settleLate } from '../../payments/settlement/observers.js';
import { Payment, PaymentContext, PaymentStatus } from '../../payments/payment/payment.entity.js';
import { Job } from './job.entity.js';

const fundsOf = ({ id }: Job) => ({ kind: PaymentContext.JOB, id });

/** Of what the poster has paid for the job to its worker, or their bank has promised. */
function securedOf({ status, amountMinor, capturedMinor, refundedMinor, reservedMinor }: Payment): number {
  if (status === PaymentStatus.AUTHORIZED) return amountMinor;
  return capturedMinor - refundedMinor - reservedMinor;
}

/** @throws CONFLICT while less than was agreed is there */
export async function requireMoney({ manager, subject }: Move<Job>): Promise<void> {
  const { roomId, isEscrow, posterId, workerId, agreedMinor, currency } = subject;
  if (!isEscrow) return;
  const context = { contextKind: PaymentContext.JOB, contextId: subject.id };
  const payments = await manager.findBy(Payment, { roomId, payerId: posterId, payeeId: workerId!, currency, ...context });
  const secured = payments.reduce((sum, payment) => sum + securedOf(payment), 0);
  if (secured < agreedMinor!) throw new ParleyError('CONFLICT', 'The payment is not there yet', { agreedMinor, securedMinor: secured });
}

export const payOut: Effect<Job> = {
  says: 'what was paid for it is captured and released',
  run: (move) => settleFunds(move, fundsOf(move.subject)),
};

export const giveBack: Effect<Job> = { says: 'what was paid for it goes back', run: (move) => returnFunds(move, fundsOf(move.subject)) };

/** Also where its worker has withdrawn. */
const OFF: ReadonlySet<string> = new Set(['CANCELED', 'EXPIRED', 'OPEN']);

/** What was paid for a job and comes in when it is over. */
export async function followLatePayment(move: Move): Promise<void> {
  const id = arrivedFor(move, PaymentContext.JOB);
  if (id !== null) await settleLate(move, await move.manager.findOneByOrFail(Job, { id }), OFF);
}
