import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { badInput, ParleyError } from '../common/errors/errors.js';
import { newId, newRoomCode } from '../common/values/ids.js';
import type { Person } from '../participants/membership/membership.js';
import { mayGrant } from '../policy/policy.js';
import { ParticipantRole, PlatformRole } from '../policy/roles.js';
import { RoomKind, RoomVisibility } from '../rooms/room/room.entity.js';
import { openRoom } from '../rooms/room/room-steps.js';
import { MAX_SEATS } from '../rooms/room/rooms.inputs.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import type { Actor } from '../transitions/machine/machine.js';
import { Authority } from '../transitions/machine/subject.js';
import { Transitions } from '../transitions/transitions.service.js';
import { Order, type OrderItem } from './order.entity.js';
import { orderMachine } from './order.machine.js';

/** What is ordered, by whom, from whom. */
export interface OrderPlan {
  customerId: string;
  number?: string | null;
  providerOrgId?: string | null;
  providerName?: string | null;
  staffIds: string[];
  items: OrderItem[];
  totalMinor: number;
  currency: string;
  requiresPrescription: boolean;
  isSensitive: boolean;
  externalRef?: string | null;
  authority: Authority;
  idempotencyKey?: string | null;
}

/** What makes two of them the same without telling what was ordered: the step's payload stays for ever. */
export const digestOf = (content: unknown): string => createHash('sha256').update(JSON.stringify(content)).digest('base64url');

/** An order comes into being here, with its room. */
@Injectable()
export class OrdersService {
  constructor(private readonly transitions: Transitions) {}

  /** As a person or a system of the host may. @throws FORBIDDEN, and what `place` throws */
  placeAs(person: Person, plan: Omit<OrderPlan, 'customerId'> & { customerId?: string | null }): Promise<Order> {
    const isHost = person.platformRole === PlatformRole.SERVICE;
    const customerId = (plan.customerId ?? (isHost ? null : person.userId))?.toLowerCase();
    if (!customerId) throw badInput('input.customerId', 'The host says for whom it orders');
    const forbidden = (field: string) => new ParleyError('FORBIDDEN', 'This is for the host to say', { field: `input.${field}` });
    if (!isHost) {
      if (customerId !== person.userId) throw forbidden('customerId');
      if (plan.externalRef) throw forbidden('externalRef');
      if (plan.authority === Authority.HOST) throw forbidden('authority');
      const mayName = mayGrant({ platformRole: person.platformRole }, ParticipantRole.PHARMACY_STAFF);
      if (plan.staffIds.length > 0 && !mayName) throw forbidden('staffIds');
    }
    const actor: Actor = isHost
      ? { source: 'SERVICE', userId: person.userId, role: 'SERVICE' }
      : { source: 'USER', userId: person.userId, role: ParticipantRole.CUSTOMER };
    return this.place(actor, { ...plan, customerId });
  }

  /** The same `externalRef` or key is the same order, in the same room. @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  place(actor: Actor, { idempotencyKey = null, ...plan }: OrderPlan): Promise<Order> {
    const staffIds = [...new Set(plan.staffIds.map((id) => id.toLowerCase()))];
    if (staffIds.includes(plan.customerId)) throw badInput('input.staffIds', 'The customer is not staff in their own order');
    const request = { event: 'place', payload: { digest: digestOf(plan) }, idempotencyKey, externalRef: plan.externalRef };
    return this.transitions.begin(orderMachine, actor, request, (tx) => this.make(tx, actor, { ...plan, staffIds }));
  }

  private async make(tx: TimelineTransaction, actor: Actor, plan: OrderPlan): Promise<Order> {
    const { staffIds, isSensitive, ...columns } = plan;
    const id = newId();
    const number = plan.number ?? newRoomCode('').slice(1);
    const roomId = await openRoom(
      tx,
      {
        kind: RoomKind.ORDER,
        visibility: RoomVisibility.PRIVATE,
        title: plan.providerName ? { of: 'shop_order', number, shop: plan.providerName } : { of: 'order', number },
        maxParticipants: MAX_SEATS,
        isSensitive,
        pairKey: `ORDER:${plan.externalRef ?? id}`,
        people: [
          { userId: plan.customerId, role: ParticipantRole.CUSTOMER },
          ...staffIds.map((userId) => ({ userId, role: ParticipantRole.PHARMACY_STAFF })),
        ],
      },
      actor.userId,
    );
    // Somebody has placed it meanwhile, and this attempt is over; or one code in 2^40 was taken.
    if (roomId === null) throw Object.assign(new Error('the order has a room'), { code: '23505' });
    return Object.assign(new Order(), { providerOrgId: null, providerName: null, externalRef: null, hostVersion: null }, columns, {
      id,
      roomId,
      number,
      isHeld: false,
    });
  }
}
