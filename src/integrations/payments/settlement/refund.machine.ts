import { ParleyError } from '../../../common/errors/errors.js';
import { formatMoney } from '../../../common/values/money.js';
import { addJob } from '../../../jobs/jobs.queries.js';
import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Actor, Effect, Guard, Machine, Move } from '../../../transitions/machine/machine.js';
import { EscrowHold, EscrowStatus } from '../payment/escrow-hold.entity.js';
import { escrowMachine, restOf } from '../payment/escrow.machine.js';
import { type Party, partiesOf } from '../payment/funds.js';
import { PaymentHold } from '../payment/payment-hold.entity.js';
import { paymentMachine } from '../payment/payment.machine.js';
import { refundable, reserve, takenBy, unreserve } from '../payment/payments.queries.js';
import { Refund } from './refund.entity.js';

export const REFUND_CALL = 'refund.call';

export interface RefundCall {
  refundId: string;
  version: number;
}

const PROVIDER = ['SERVICE', 'SYSTEM'] as const;

const money = ({ subject }: Move<Refund>) => formatMoney(subject.amountMinor, subject.currency);
const tooMuch = () => new ParleyError('CONFLICT', 'Less than that is left of the payment', { field: 'input.amountMinor' });

/** Nobody gives themselves money back, whatever they are in the room. */
const byAnother: Guard<Refund> = { says: 'not by the payer', holds: ({ payerId }, { userId }) => userId !== payerId };

/** Where only the host moves money, a person's word is a wish. */
const isWish = ({ payerId, authority }: Refund, { userId, source }: Actor) =>
  userId === payerId || (authority === 'HOST' && source === 'USER');

/** What a dispute or a bank will decide over is not given back by somebody else meanwhile: it would go back twice. */
async function requireFree({ subject, manager, actor }: Move<Refund>): Promise<void> {
  const isAsked = actor.source === 'USER' || actor.source === 'SERVICE';
  if (isAsked && (await manager.existsBy(PaymentHold, { paymentId: subject.paymentId }))) {
    throw new ParleyError('CONFLICT', 'A dispute holds the money');
  }
}

async function setAside({ subject, manager }: Move<Refund>): Promise<void> {
  if (!(await reserve(manager, subject.paymentId, subject.amountMinor))) throw tooMuch();
}

async function approve(move: Move<Refund>): Promise<void> {
  await requireFree(move);
  await setAside(move);
}

async function checkOrSetAside(move: Move<Refund>): Promise<void> {
  await requireFree(move);
  if (move.to === 'APPROVED') return setAside(move);
  if ((await refundable(move.manager, move.subject.paymentId)) < move.subject.amountMinor) throw tooMuch();
}

/** What is held goes to the payer, from the moment on when that is decided. */
const takeFromEscrow: Effect<Refund> = {
  says: 'it is taken out of escrow',
  run: async (move) => {
    if (move.to === 'REQUESTED') return;
    const { id: refundId, paymentId } = move.subject;
    const escrow = await move.manager.findOneBy(EscrowHold, { paymentId, status: EscrowStatus.HELD });
    if (!escrow) return;
    const amountMinor = Math.min(move.subject.amountMinor, restOf(escrow));
    await move.fire(escrowMachine, escrow.id, { event: 'give_back', payload: { amountMinor, refundId } });
  },
};

const tellProvider: Effect<Refund> = {
  says: 'the provider is told',
  run: async ({ to, subject, manager }) => {
    if (to !== 'APPROVED' || subject.authority === 'HOST') return;
    await addJob(manager, REFUND_CALL, { refundId: subject.id, version: subject.version } satisfies RefundCall);
  },
};

const movePayment: Effect<Refund> = {
  says: 'the payment is refunded by it',
  run: async (move) => {
    await move.fire(paymentMachine, move.subject.paymentId, { event: 'refund', payload: { amountMinor: move.subject.amountMinor } });
  },
};

const freeAmount: Effect<Refund> = {
  says: 'the amount is free again',
  run: async (move) => {
    const { id, paymentId, amountMinor } = move.subject;
    const escrow = await move.manager.findOneBy(EscrowHold, { paymentId });
    const takenMinor = escrow ? await takenBy(move.manager, escrow.id, id) : 0;
    if (escrow && takenMinor > 0) await move.fire(escrowMachine, escrow.id, { event: 'take_back', payload: { amountMinor: takenMinor } });
    if (move.from === 'SUCCEEDED') await move.fire(paymentMachine, paymentId, { event: 'take_refund_back', payload: { amountMinor } });
    else await unreserve(move.manager, paymentId, amountMinor);
  },
};

const failed = ({ subject, payload }: Move<Refund>): void => {
  subject.failureCode = (payload['code'] as string | undefined) ?? null;
};

export const refundMachine: Machine<Refund, Party> = {
  name: 'refund',
  entity: Refund,
  kind: MessageKind.PAYMENT,
  parties: partiesOf,
  facts: ({ paymentId, amountMinor, currency }) => ({ paymentId, amountMinor, currency }),
  words: ({ subject: { amountMinor, currency } }) => ({ amountMinor, currency }),
  steps: [
    {
      event: 'request',
      from: [],
      to: ['REQUESTED', 'APPROVED'],
      choose: ({ subject, actor }) => (isWish(subject, actor) ? 'REQUESTED' : 'APPROVED'),
      by: ['PAYER', 'PAYEE', 'SUPPORT_STAFF', 'MEDIATOR', 'SERVICE', 'SYSTEM'],
      needs: 'no dispute holds the money; so much of it is left',
      prepare: checkOrSetAside,
      effects: [takeFromEscrow, tellProvider],
      say: (move) =>
        move.to === 'REQUESTED'
          ? `${move.actorName} asks for ${money(move)} back`
          : `${move.actorName} gives ${money(move)} back to the payer`,
    },
    {
      event: 'record',
      from: [],
      to: 'PENDING',
      by: ['SERVICE'],
      needs: 'so much of it is left',
      prepare: setAside,
      effects: [takeFromEscrow],
      say: (move) => `${money(move)} are given back at the provider`,
    },
    {
      event: 'approve',
      from: ['REQUESTED'],
      to: 'APPROVED',
      by: ['PAYEE', 'SUPPORT_STAFF', 'MEDIATOR', 'SERVICE', 'SYSTEM'],
      guard: byAnother,
      needs: 'no dispute holds the money; so much of it is left',
      prepare: approve,
      effects: [takeFromEscrow, tellProvider],
      say: (move) => `${move.actorName} gives ${money(move)} back to the payer`,
    },
    {
      event: 'decline',
      from: ['REQUESTED'],
      to: 'CANCELED',
      by: ['PAYEE', 'SUPPORT_STAFF', 'MEDIATOR', 'SERVICE', 'SYSTEM'],
      guard: byAnother,
      needsReason: true,
      say: (move) => `${move.actorName} declined to give ${money(move)} back: ${move.reason}`,
    },
    {
      event: 'submit',
      from: ['APPROVED'],
      to: 'PENDING',
      by: PROVIDER,
      say: (move) => `The refund of ${money(move)} is on its way`,
    },
    {
      event: 'succeed',
      from: ['APPROVED', 'PENDING'],
      to: 'SUCCEEDED',
      by: PROVIDER,
      effects: [movePayment],
      say: (move) => `The refund of ${money(move)} has arrived`,
    },
    {
      event: 'fail',
      from: ['APPROVED', 'PENDING', 'SUCCEEDED'],
      to: 'FAILED',
      by: PROVIDER,
      prepare: failed,
      effects: [freeAmount],
      say: (move) => `The refund of ${money(move)} failed`,
    },
    {
      event: 'cancel',
      from: ['APPROVED', 'PENDING'],
      to: 'CANCELED',
      by: PROVIDER,
      effects: [freeAmount],
      say: (move) => `The refund of ${money(move)} was called off`,
    },
  ],
};
