import { badInput, ParleyError } from '../common/errors/errors.js';
import { Order } from '../orders/order.entity.js';
import { orderMachine } from '../orders/order.machine.js';
import { activePeople, findParticipant } from '../participants/seats/participants.queries.js';
import { bringIn, takeOut } from '../participants/seats/seats.js';
import { ParticipantRole } from '../policy/roles.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import { type Effect, isTerminal, type Move } from '../transitions/machine/machine.js';
import { drivesNow } from './deliveries.queries.js';
import type { Delivery, DeliveryProof } from './delivery.entity.js';

/** The deadline at which a rider leaves the room. */
export const RIDER_LEAVES = 'delivery.leave';

/** An order of which nothing is to be delivered any more. */
export const isPastDelivery = (orderStatus: string): boolean => orderStatus === 'DELIVERED' || isTerminal(orderMachine, orderStatus);

const orderOf = ({ manager, subject }: Move<Delivery>): Promise<Order> => manager.findOneByOrFail(Order, { id: subject.orderId });

/**
 * They take their seat before the message, so that it is the first thing that they can read: what the customer and the shop have said
 * before is not theirs.
 *
 * @throws BAD_USER_INPUT (no such person, the customer), CONFLICT (has it already)
 */
export async function takeRider(move: Move<Delivery>): Promise<void> {
  const { tx, manager, subject, payload, actor } = move;
  const riderId = (payload['riderId'] as string | null) ?? null;
  if (riderId === null) {
    if (actor.role !== 'SERVICE') throw badInput('input.riderId', 'Only the host may have somebody deliver who has no account');
  } else {
    await activePeople(manager, [riderId], 'input.riderId');
    if (riderId === (await orderOf(move)).customerId) throw badInput('input.riderId', 'Nobody delivers to themselves');
    if (riderId === subject.riderId) throw new ParleyError('CONFLICT', 'This rider has it already');
  }
  subject.riderId = riderId;
  if (riderId === null) return;
  await bringIn(tx, subject.roomId, { userId: riderId, role: ParticipantRole.RIDER, shareHistory: false }, actor.userId);
}

export function takeEta({ subject, payload }: Move<Delivery>): void {
  if (typeof payload['eta'] === 'string') subject.eta = new Date(payload['eta']);
}

/** What is not packed cannot be taken along. @throws CONFLICT */
export async function checkOrder(move: Move<Delivery>): Promise<void> {
  const { status } = await orderOf(move);
  if (status !== 'READY' && status !== 'OUT_FOR_DELIVERY') {
    throw new ParleyError('CONFLICT', 'The order is not ready', { orderStatus: status });
  }
}

/** The host vouches by itself; a rider shows something. @throws BAD_USER_INPUT */
export function checkProof({ subject, payload, actor }: Move<Delivery>): void {
  const proof = (payload['proof'] as DeliveryProof | undefined) ?? null;
  const isProven = proof !== null && (Boolean(proof.photoId) || proof.pinOk === true || Boolean(proof.signatureId));
  if (!isProven && actor.role !== 'SERVICE') throw badInput('input.proof', 'A photo, the right number or a signature is needed');
  subject.proof = proof;
}

/** Whoever has the role of a rider because of this delivery; who sits there as something else stays. */
export async function takeRiderOut(tx: TimelineTransaction, roomId: string, riderId: string, reason: string): Promise<void> {
  const seat = await findParticipant(tx.manager, roomId, riderId);
  if (seat?.role !== ParticipantRole.RIDER || (await drivesNow(tx.manager, roomId, riderId))) return;
  await takeOut(tx, roomId, riderId, reason);
}

export const letOut: Effect<Delivery> = {
  says: 'a former rider leaves it',
  run: async ({ tx, subject, before }) => {
    if (before?.riderId) await takeRiderOut(tx, subject.roomId, before.riderId, 'another rider has the delivery');
  },
};

export const letOutLater: Effect<Delivery> = {
  says: 'the rider leaves the room a little later',
  run: async (move) => {
    if (move.subject.riderId) await move.schedule(RIDER_LEAVES, new Date(move.at.getTime() + move.config.riderLeavesMs));
  },
};

export const letOutOfWhatIsOver: Effect<Delivery> = {
  says: 'where the order is over, the rider leaves the room a little later',
  run: async (move) => {
    if (isPastDelivery((await orderOf(move)).status)) await letOutLater.run(move);
  },
};

export const dispatches: Effect<Delivery> = {
  says: 'the order: `dispatch`',
  run: async (move) => {
    const order = await orderOf(move);
    if (order.status === 'READY') await move.fire(orderMachine, order.id, { event: 'dispatch' });
  },
};

export const delivers: Effect<Delivery> = {
  says: 'the order: `deliver`',
  run: async (move) => {
    const order = await orderOf(move);
    if (order.status === 'OUT_FOR_DELIVERY') await move.fire(orderMachine, order.id, { event: 'deliver' });
  },
};
