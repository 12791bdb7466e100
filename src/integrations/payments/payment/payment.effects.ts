import type { EntityManager } from 'typeorm';
import { badInput } from '../../../common/errors/errors.js';
import { newId } from '../../../common/values/ids.js';
import { addJob } from '../../../jobs/jobs.queries.js';
import type { Effect, Move } from '../../../transitions/machine/machine.js';
import type { ProviderStatus } from '../../providers/provider.js';
import { LATE_MS } from '../../providers/sandbox.js';
import { EscrowHold } from './escrow-hold.entity.js';
import { escrowMachine } from './escrow.machine.js';
import { Payment, PaymentStatus } from './payment.entity.js';
import { addHold, dropHold, holdEscrow } from './payments.queries.js';

/** What a provider may say in any order, by how far it goes; what does not go beyond what is known is late. */
export const RANK: Record<ProviderStatus, number> = {
  INITIATED: 0,
  REQUIRES_ACTION: 1,
  PROCESSING: 2,
  FAILED: 3,
  AUTHORIZED: 4,
  CANCELED: 5,
  CAPTURED: 6,
};

export const PROVIDER_CALL = 'payment.call';
export const RECHECK = 'payment.recheck';
/** A webhook that was lost is not missed for longer than that, or than the payment has been where it is, or a day. */
const RECHECK_MS = 60 * 60_000;
const MAX_RECHECK_MS = 24 * 60 * 60_000;
/** Nobody pays any more. */
const FORGOTTEN_MS = 30 * 24 * 60 * 60_000;

export interface ProviderCall {
  paymentId: string;
  action: 'create' | 'retrieve' | 'capture' | 'cancel';
  /** The subject's version when the call became necessary: the same call again has the same key at the provider. */
  version: number;
  amountMinor: number;
}

/** The call is a job of the step's own transaction; the host makes its own calls. */
async function call(action: ProviderCall['action'], { subject, payload, manager }: Move<Payment>): Promise<void> {
  if (subject.authority === 'HOST') return;
  const { id, version, amountMinor } = subject;
  const asked: ProviderCall = {
    paymentId: id,
    action,
    version,
    amountMinor: (payload['amountMinor'] as number | undefined) ?? amountMinor,
  };
  await addJob(manager, PROVIDER_CALL, asked);
}

const { INITIATED, REQUIRES_ACTION, PROCESSING } = PaymentStatus;
const OPEN: ReadonlySet<PaymentStatus> = new Set([INITIATED, REQUIRES_ACTION, PROCESSING]);

type PaymentEffect = Effect<Payment>;

export const createAtProvider: PaymentEffect = { says: 'the provider is told', run: (move) => call('create', move) };
export const captureAtProvider: PaymentEffect = { says: 'the provider takes it', run: (move) => call('capture', move) };
export const cancelAtProvider: PaymentEffect = {
  says: 'the provider lets go',
  run: async (move) => {
    if (move.subject.providerRef !== null) await call('cancel', move);
  },
};

const firstDelay = ({ provider }: Payment): number => (provider === 'sandbox' ? LATE_MS : RECHECK_MS);

export const recheckLater: PaymentEffect = {
  says: 'the provider is asked again after a while',
  run: async (move) => {
    if (move.subject.authority === 'HOST') return;
    await move.schedule(RECHECK, new Date(move.at.getTime() + firstDelay(move.subject)));
  },
};

/** A word of the provider may have been lost. When to ask once more; null where there is nothing left to be asked. */
export async function recheck(manager: EntityManager, paymentId: string, now: Date): Promise<Date | null> {
  const payment = await manager.findOneByOrFail(Payment, { id: paymentId });
  if (!OPEN.has(payment.status)) return null;
  const { version, amountMinor } = payment;
  await addJob(manager, PROVIDER_CALL, { paymentId, action: 'retrieve', version, amountMinor } satisfies ProviderCall);
  const waitedMs = now.getTime() - payment.updatedAt.getTime();
  if (waitedMs > FORGOTTEN_MS) return null;
  return new Date(now.getTime() + Math.min(Math.max(waitedMs, firstDelay(payment)), MAX_RECHECK_MS));
}

export const openEscrow: PaymentEffect = {
  says: 'held in escrow where that was agreed',
  run: async (move) => {
    const { id, roomId, authority, payerId, payeeId, capturedMinor, currency, isEscrow, holds } = move.subject;
    if (!isEscrow) return;
    const own = { id: newId(), roomId, authority, payerId, payeeId, currency, amountMinor: capturedMinor, paymentId: id };
    const escrow = Object.assign(new EscrowHold(), { ...own, holds, refundedMinor: 0, releasedMinor: 0 });
    await move.begin(escrowMachine, escrow, { event: 'hold' });
  },
};

/** A part may be taken; the bank lets go of the rest. Work that begins has it held from now on. @throws BAD_USER_INPUT */
export function take({ subject, payload }: Move<Payment>): void {
  const asked = payload['amountMinor'] as number | undefined;
  if (asked !== undefined && asked > subject.amountMinor) throw badInput('input.amountMinor', 'This is more than was authorised');
  if (payload['isEscrow'] === true) subject.isEscrow = true;
}

/** The provider has said this much. */
export function heard({ subject, to }: Move<Payment>): void {
  subject.providerRank = RANK[to as ProviderStatus];
}

/** @throws BAD_USER_INPUT for more than was asked */
export function captured(move: Move<Payment>): void {
  const { subject, payload } = move;
  const taken = (payload['capturedMinor'] as number | undefined) ?? subject.amountMinor;
  if (taken > subject.amountMinor) throw badInput('data.capturedMinor', 'This is more than the payment');
  heard(move);
  subject.capturedMinor = taken;
  subject.failureCode = null;
}

export function failed({ subject, payload, at }: Move<Payment>): void {
  const said = payload['at'] as string | undefined;
  subject.providerRank = RANK.FAILED;
  subject.providerSince = said ? new Date(said) : at;
  subject.failureCode = (payload['code'] as string | undefined) ?? null;
}

export function tryAgain({ subject }: Move<Payment>): void {
  subject.attempt += 1;
  subject.providerRank = RANK.INITIATED;
  subject.failureCode = null;
}

/** What was set aside for a refund has gone. */
export function givenBack({ subject, payload }: Move<Payment>): void {
  const amount = payload['amountMinor'] as number;
  subject.reservedMinor -= amount;
  subject.refundedMinor += amount;
}

export function returned({ subject, payload }: Move<Payment>): void {
  subject.refundedMinor -= payload['amountMinor'] as number;
}

/** `payload` names who holds: a dispute, a chargeback. */
const holderIn = ({ payload }: Move<Payment>) => ({ aggregate: payload['aggregate'] as string, id: payload['aggregateId'] as string });

export async function holdMore(move: Move<Payment>): Promise<void> {
  const { subject, manager } = move;
  if (await addHold(manager, subject.id, holderIn(move))) subject.holds += 1;
  await holdEscrow(manager, subject.id, subject.holds);
}

export async function holdLess(move: Move<Payment>): Promise<void> {
  const { subject, manager } = move;
  if (await dropHold(manager, subject.id, holderIn(move))) subject.holds -= 1;
  await holdEscrow(manager, subject.id, subject.holds);
}
