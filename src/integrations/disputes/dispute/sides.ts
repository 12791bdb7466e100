import type { Connection } from '../../../database/sql.js';
import { Order } from '../../../orders/order.entity.js';
import type { Machine } from '../../../transitions/machine/machine.js';
import type { Machines } from '../../../transitions/machine/machines.js';
import type { Subject } from '../../../transitions/machine/subject.js';
import { Payment } from '../../payments/payment/payment.entity.js';
import type { Dispute } from './dispute.entity.js';
import { DisputeContextKind } from './dispute.enums.js';

const CUSTOMERS: ReadonlySet<string> = new Set(['CUSTOMER', 'CLIENT', 'PATIENT']);
const PROVIDERS: ReadonlySet<string> = new Set(['WORKER', 'PRACTITIONER', 'PHARMACY_STAFF', 'FACILITY_STAFF']);

/** Staff answer for who sells or treats; they open nothing in its name. */
const OPENERS: ReadonlySet<string> = new Set([...CUSTOMERS, 'WORKER', 'PRACTITIONER']);

export interface Seat {
  userId: string;
  role: string;
}

/** A thing that people disagree about. */
export interface About {
  machine: Machine<Subject, string>;
  subject: Subject;
}

/** Null where there is no such thing in the room, and for the room itself. */
export async function thingOf(
  connection: Connection,
  machines: Machines,
  { roomId, contextKind, contextId: id }: Pick<Dispute, 'roomId' | 'contextKind' | 'contextId'>,
): Promise<About | null> {
  const machine = contextKind === DisputeContextKind.ROOM ? undefined : machines.find(contextKind.toLowerCase());
  const subject = machine ? await connection.getRepository(machine.entity).findOneBy({ id, roomId }) : null;
  return machine && subject ? { machine, subject } : null;
}

/** Who orders, lets work be done or is treated; who does it. Null for everybody else in a room. */
function sideOf({ role }: Seat): string | null {
  if (CUSTOMERS.has(role)) return 'CUSTOMER';
  return PROVIDERS.has(role) ? 'PROVIDER' : null;
}

/**
 * Whose thing it is in which part, so that nobody disputes about what is others': the payer and the payee of a payment, the poster and the
 * worker of a job, the patient and the practitioner. An order knows its customer; who sells it is whoever does so in its room. A room has
 * two sides.
 *
 * @param about null for the room itself
 */
export function partIn(about: About | null, seat: Seat): string | null {
  if (about === null) return sideOf(seat);
  const { machine, subject } = about;
  if (!(subject instanceof Order)) return machine.parties?.(subject, seat.userId)[0] ?? null;
  if (subject.customerId === seat.userId) return 'CUSTOMER';
  return PROVIDERS.has(seat.role) ? 'PROVIDER' : null;
}

/** Whoever pays or is paid disputes their own payment, whatever they are in the room; everything else is for who is there as one side of it. */
export const mayOpen = (about: About | null, { role }: Seat): boolean => about?.subject instanceof Payment || OPENERS.has(role);
