import { type EntityManager, In } from 'typeorm';
import { namesOf } from '../../../participants/seats/participants.queries.js';
import type { Message } from '../../../timeline/log/message.entity.js';
import type { Transition } from '../../../transitions/log/transition.entity.js';
import { transitionsOfSubjects } from '../../../transitions/log/transitions.queries.js';
import { EscrowHold } from '../../payments/payment/escrow-hold.entity.js';
import { Payment } from '../../payments/payment/payment.entity.js';
import type { Chargeback } from '../../payments/settlement/chargeback.entity.js';
import { Refund } from '../../payments/settlement/refund.entity.js';
import { Dispute } from '../dispute/dispute.entity.js';
import { DisputeBundle, DisputeEvidence } from '../dispute/dispute-file.entity.js';
import { newestMessages } from '../dispute/disputes.queries.js';
import { canonical, sha256Of } from './evidence.js';
import { copyOf } from './hand-in.js';

const FORMAT = 'parley.chargeback/1';
/** Of a longer story the newest: a bank reads a few pages. */
const MAX_MESSAGES = 2_000;
const MAX_STEPS = 500;

/** Who reads it, and so what it holds: nothing that they could not read otherwise. */
export interface Reader {
  userId: string;
  /** Messages up to this sequence are hidden from them. */
  horizon: number;
  /** Also of disputes to which they are no party. */
  isStaff: boolean;
}

/** Each piece with its own hash, so that a part of them can be shown and proved. */
const sealed = (copy: object) => ({ copy, sha256: sha256Of(canonical(copy)).toString('hex') });

const messageOf = (message: Message) => sealed({ ...copyOf(message), deletedAt: message.deletedAt });

const stepOf = ({
  aggregate,
  aggregateId,
  version,
  event,
  fromStatus,
  toStatus,
  actorId,
  actorRole,
  source,
  reason,
  ...step
}: Transition) =>
  sealed({
    ...{ aggregate, aggregateId, version, event, from: fromStatus, to: toStatus, actorId, actorRole, source, reason },
    ...{ payload: step.payload, messageSequence: step.messageSequence, at: step.at },
  });

const paymentOf = ({ id, status, amountMinor, capturedMinor, refundedMinor, currency, method, createdAt, ...payment }: Payment) => ({
  ...{ id, status, amountMinor, capturedMinor, refundedMinor, currency, method, createdAt },
  ...{ payerId: payment.payerId, payeeId: payment.payeeId, providerRef: payment.providerRef },
  ...{ contextKind: payment.contextKind, contextId: payment.contextId },
});

const chargebackOf = ({ id, status, amountMinor, currency, bankReason, dueBy, providerRef, createdAt }: Chargeback) => ({
  ...{ id, status, amountMinor, currency, bankReason, dueBy, providerRef, createdAt },
});

/**
 * What a payee can show the bank: what was said in the room, each step of the payment and of what it was for, and what was frozen in
 * disputes about it, decided or not. The same text as long as nothing has happened there.
 */
export async function bundleFor(manager: EntityManager, chargeback: Chargeback, reader: Reader): Promise<string> {
  const { roomId, paymentId } = chargeback;
  const payment = await manager.findOneByOrFail(Payment, { id: paymentId });
  const refunds = await manager.find(Refund, { where: { paymentId }, order: { id: 'ASC' } });
  const escrow = await manager.findOneBy(EscrowHold, { paymentId });
  const messages = await newestMessages(manager, roomId, reader.horizon, MAX_MESSAGES);
  const disputes = await disputesAbout(manager, payment, reader);
  const subjects = [
    { aggregate: 'payment', id: paymentId },
    { aggregate: 'chargeback', id: chargeback.id },
    ...refunds.map(({ id }) => ({ aggregate: 'refund', id })),
    ...(escrow ? [{ aggregate: 'escrow', id: escrow.id }] : []),
    ...(payment.contextKind && payment.contextId ? [{ aggregate: payment.contextKind, id: payment.contextId }] : []),
    ...disputes.map(({ id }) => ({ aggregate: 'dispute', id })),
  ];
  const steps = await transitionsOfSubjects(manager, subjects, MAX_STEPS);
  const people = [payment.payerId, payment.payeeId, ...messages.map(({ senderId }) => senderId), ...steps.map(({ actorId }) => actorId)];
  const names = await namesOf(manager, [...new Set(people.filter((id) => id !== null))]);
  const first = messages[0]?.sequence ?? reader.horizon + 1;
  return canonical({
    format: FORMAT,
    chargeback: chargebackOf(chargeback),
    payment: paymentOf(payment),
    refunds: refunds.map(({ id, status, amountMinor, providerRef, createdAt }) => ({ id, status, amountMinor, providerRef, createdAt })),
    people: [...names].map(([id, name]) => ({ id, name })),
    messages: messages.map(messageOf),
    /** Earlier ones than the first. */
    isCutShort: messages.length === MAX_MESSAGES && first > reader.horizon + 1,
    steps: steps.map(stepOf),
    ...(await filesOf(manager, disputes)),
  });
}

/** About the payment, or about what it was for. */
async function disputesAbout(manager: EntityManager, { id, roomId, contextKind, contextId }: Payment, reader: Reader): Promise<Dispute[]> {
  const things = [id, roomId, ...(contextKind && contextId ? [contextId] : [])];
  const found = await manager.find(Dispute, { where: { roomId, contextId: In(things) }, order: { id: 'ASC' } });
  return found.filter(({ openedBy, against }) => reader.isStaff || [openedBy, against].includes(reader.userId));
}

async function filesOf(manager: EntityManager, disputes: Dispute[]) {
  const disputeId = In(disputes.map(({ id }) => id));
  const evidence = await manager.find(DisputeEvidence, { where: { disputeId }, order: { id: 'ASC' } });
  const bundles = await manager.find(DisputeBundle, { where: { disputeId }, order: { disputeId: 'ASC' } });
  return {
    evidence: evidence.map(({ disputeId: of, copy, sha256 }) => ({ disputeId: of, copy, sha256: sha256.toString('hex') })),
    bundles: bundles.map(({ disputeId: of, content, sha256, sealedAt }) => ({
      disputeId: of,
      content,
      sha256: sha256.toString('hex'),
      sealedAt,
    })),
  };
}
