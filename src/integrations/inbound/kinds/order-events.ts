import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ParleyError } from '../../../common/errors/errors.js';
import { MAX_MINOR } from '../../../common/values/money.js';
import { DeliveriesService } from '../../../deliveries/deliveries.service.js';
import { deliveryMachine } from '../../../deliveries/delivery.machine.js';
import { orderMachine } from '../../../orders/order.machine.js';
import { OrdersService } from '../../../orders/orders.service.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { currency, instant, minor, text } from '../receiving/envelope.js';
import { beginning, InboundHandlers, NotYet, payload } from '../receiving/handlers.js';
import { People, person } from './people.js';
import { thing, Things } from './things.js';

const order = z.object({
  customer: person,
  staff: z.array(person).max(20).default([]),
  number: text(40).nullish(),
  providerOrgId: text(200).nullish(),
  providerName: text(100).nullish(),
  items: z
    .array(
      z.object({
        name: text(200),
        quantity: z.int().min(1).max(1_000_000).default(1),
        unitMinor: z.int().min(0).max(MAX_MINOR).nullish(),
        sku: text(100).nullish(),
      }),
    )
    .min(1)
    .max(100),
  totalMinor: minor,
  currency,
  requiresPrescription: z.boolean().default(false),
  isSensitive: z.boolean().default(false),
  authority: z.enum(Authority).default(Authority.PARLEY),
});

const stop = z.object({ address: text(300), name: text(100).nullish(), phone: text(40).nullish(), notes: text(500).nullish() });

const delivery = z.object({
  order: thing,
  pickup: stop,
  dropoff: stop,
  eta: instant.nullish(),
  provider: text(100).nullish(),
});

const eta = payload(z.object({ eta: instant.nullish() }), ({ eta: at }): Metadata => (at ? { eta: at.toISOString() } : {}));
const proof = payload(
  z.object({ proof: z.object({ photoId: text(100).nullish(), pinOk: z.boolean().nullish(), signatureId: text(100).nullish() }).nullish() }),
  ({ proof: shown }): Metadata => (shown ? { proof: shown } : {}),
);

/** What systems tell of orders and deliveries. */
@Injectable()
export class OrderEvents {
  constructor(people: People, things: Things, orders: OrdersService, deliveries: DeliveriesService, handlers: InboundHandlers) {
    handlers.add({
      machine: orderMachine,
      beginnings: {
        place: beginning({
          schema: order,
          begin: async (actor, externalRef, { customer, staff, ...plan }) => {
            const customerId = await people.idOf(customer, 'data.customer');
            const staffIds = await Promise.all(staff.map((one) => people.idOf(one, 'data.staff')));
            return orders.place(actor, { ...plan, customerId, staffIds, externalRef });
          },
        }),
      },
    });
    handlers.add({
      machine: deliveryMachine,
      beginnings: {
        create: beginning({
          schema: delivery,
          begin: async (actor, externalRef, { order: of, ...plan }) => {
            const { id: orderId, roomId } = await things.one(orderMachine, of);
            return deliveries.create(actor, { ...plan, orderId, externalRef }).catch((error: unknown) => {
              // Another delivery of it may have to end first.
              const isBlocked = error instanceof ParleyError && error.code === 'CONFLICT';
              throw isBlocked ? new NotYet([`room:${roomId}`], error.code, error.message) : error;
            });
          },
        }),
      },
      payloads: {
        assign: payload(z.object({ rider: person.nullable() }), async ({ rider }) => ({
          riderId: rider && (await people.idOf(rider, 'data.rider')),
        })),
        head_to_pickup: eta,
        arrive_at_pickup: eta,
        head_to_dropoff: eta,
        deliver: proof,
      },
    });
  }
}
