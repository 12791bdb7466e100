import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Effect, Guard, Machine, Move, Step } from '../../../transitions/machine/machine.js';
import { PaymentContext } from '../../payments/payment/payment.entity.js';
import { carryFunds } from '../../payments/settlement/decisions.js';
import {
  beginningOf,
  closeAfterLast,
  closeUntilAccepted,
  keepContact,
  movedTo,
  openForContact,
  reckonContact,
  setTimes,
} from './appointment.effects.js';
import { Appointment } from './appointment.entity.js';

/** By the row, whatever role somebody has in the room. */
type Party = 'THE_PATIENT' | 'THE_PRACTITIONER';
type AppointmentStep = Step<Appointment, Party>;

/** Who sees the patient come in: the practitioner, the front desk, the host. */
const DESK = ['THE_PRACTITIONER', 'FACILITY_STAFF', 'SERVICE'] as const;
const EITHER = ['THE_PATIENT', 'THE_PRACTITIONER', 'SERVICE'] as const;
const OPEN_QUESTIONS = ['PROPOSED', 'PENDING', 'WAITLIST'] as const;
const LIVE = [...OPEN_QUESTIONS, 'BOOKED', 'ARRIVED', 'CHECKED_IN'] as const;

const says =
  (what: string) =>
  ({ actorName }: Move<Appointment>): string =>
    what.replace('$who', actorName);

const hasBegun: Guard<Appointment> = {
  says: 'not before it has begun',
  holds: ({ startAt }, _, now) => startAt !== null && startAt <= now,
  code: 'CONFLICT',
};

/** Patients by themselves; the practitioner and the host always can. */
const inTime: Guard<Appointment> = {
  says: 'by the patient not later than the notice period before it begins (APPOINTMENT_NOTICE_HOURS)',
  holds: ({ patientId, cancelUntil }, { userId, source }, now) =>
    source !== 'USER' || userId !== patientId || cancelUntil === null || now <= cancelUntil,
  code: 'CONFLICT',
  details: ({ cancelUntil }) => ({ until: cancelUntil?.toISOString() ?? null }),
};

const beginAnew: Effect<Appointment> = {
  says: 'another one begins at the new time, and what was paid is paid for that',
  run: async (move) => {
    const event = beginningOf(move.subject, move.from, move.actor);
    const next = await move.begin(appointmentMachine, movedTo(move.subject, move.payload, move.config), { event });
    await carryFunds(move, { kind: PaymentContext.APPOINTMENT, id: move.subject.id }, next.id);
  },
};

const BEGINNINGS: AppointmentStep[] = [
  {
    event: 'propose',
    from: [],
    to: 'PROPOSED',
    by: ['THE_PRACTITIONER', 'SERVICE', 'SYSTEM'],
    effects: [closeUntilAccepted],
    say: says('$who proposed an appointment'),
  },
  {
    event: 'request',
    from: [],
    to: 'PENDING',
    by: ['THE_PATIENT', 'SERVICE', 'SYSTEM'],
    effects: [closeUntilAccepted],
    say: says('$who asked for an appointment'),
  },
  {
    event: 'wait',
    from: [],
    to: 'WAITLIST',
    by: EITHER,
    effects: [closeUntilAccepted],
    say: says('$who put an appointment on the waiting list'),
  },
  {
    event: 'book',
    from: [],
    to: 'BOOKED',
    by: ['THE_PRACTITIONER', 'SERVICE', 'SYSTEM'],
    prepare: reckonContact,
    effects: [openForContact],
    say: says('$who booked an appointment'),
  },
];

const AGREEMENT: AppointmentStep[] = [
  {
    event: 'offer',
    from: ['WAITLIST'],
    to: 'PROPOSED',
    by: ['THE_PRACTITIONER', 'SERVICE'],
    prepare: setTimes,
    say: says('$who proposed an appointment that became free'),
  },
  {
    event: 'accept',
    from: ['PENDING'],
    to: 'BOOKED',
    by: ['THE_PRACTITIONER', 'SERVICE'],
    prepare: reckonContact,
    effects: [openForContact],
    say: says('$who accepted the appointment'),
  },
  {
    event: 'accept',
    from: ['PROPOSED'],
    to: 'BOOKED',
    by: ['THE_PATIENT', 'SERVICE'],
    prepare: reckonContact,
    effects: [openForContact],
    say: says('$who accepted the appointment'),
  },
  {
    event: 'reschedule',
    from: ['PROPOSED', 'PENDING', 'BOOKED'],
    to: 'CANCELLED',
    by: EITHER,
    guard: inTime,
    prepare: reckonContact,
    effects: [beginAnew, closeAfterLast],
    say: says('$who moved the appointment to another time'),
  },
  {
    event: 'cancel',
    from: [...OPEN_QUESTIONS, 'BOOKED'],
    to: 'CANCELLED',
    by: EITHER,
    guard: inTime,
    prepare: reckonContact,
    effects: [closeAfterLast],
    say: says('$who cancelled the appointment'),
  },
];

const VISIT: AppointmentStep[] = [
  {
    event: 'arrive',
    from: ['BOOKED'],
    to: 'ARRIVED',
    by: DESK,
    prepare: reckonContact,
    say: says('The patient has arrived'),
  },
  { event: 'check_in', from: ['ARRIVED'], to: 'CHECKED_IN', by: DESK, prepare: reckonContact, say: says('The patient is checked in') },
  {
    event: 'fulfill',
    from: ['CHECKED_IN'],
    to: 'FULFILLED',
    by: DESK,
    prepare: reckonContact,
    effects: [keepContact],
    say: says('The appointment has taken place'),
  },
  {
    event: 'miss',
    from: ['BOOKED', 'ARRIVED'],
    to: 'NOSHOW',
    by: DESK,
    guard: hasBegun,
    prepare: reckonContact,
    effects: [closeAfterLast],
    say: says('The appointment did not take place'),
  },
  {
    event: 'miss',
    from: ['BOOKED', 'ARRIVED'],
    to: 'NOSHOW',
    by: ['TIMER'],
    prepare: reckonContact,
    effects: [closeAfterLast],
    say: says('The appointment did not take place'),
  },
  {
    event: 'enter_in_error',
    from: [...LIVE, 'FULFILLED', 'CANCELLED', 'NOSHOW'],
    to: 'ENTERED_IN_ERROR',
    by: ['ADMIN', 'SERVICE'],
    needsReason: true,
    prepare: reckonContact,
    effects: [closeAfterLast],
    say: says('The appointment was entered in error'),
  },
];

/**
 * The statuses of FHIR R4. Nobody agrees for somebody else: what the practitioner proposes the patient accepts, what the patient asks for
 * the practitioner; only the host books for both, and practitioners for those who are their contacts already.
 *
 * @see HL7 FHIR R4, "Resource Appointment"
 */
export const appointmentMachine: Machine<Appointment, Party> = {
  name: 'appointment',
  entity: Appointment,
  kind: MessageKind.APPOINTMENT,
  parties: ({ patientId, practitionerId }, userId) => [
    ...(patientId === userId ? (['THE_PATIENT'] as const) : []),
    ...(practitionerId === userId ? (['THE_PRACTITIONER'] as const) : []),
  ],
  facts: ({ startAt, endAt, mode, rescheduledFromId }) => ({
    startAt: startAt?.toISOString() ?? null,
    endAt: endAt?.toISOString() ?? null,
    mode,
    ...(rescheduledFromId && { rescheduledFromId }),
  }),
  steps: [...BEGINNINGS, ...AGREEMENT, ...VISIT],
  deadlines: [
    {
      in: ['BOOKED', 'ARRIVED'],
      event: 'miss',
      due: ({ endAt }, at, { noshowMs }) => new Date((endAt ?? at).getTime() + noshowMs),
      says: 'nobody said that the patient came (APPOINTMENT_NOSHOW_HOURS)',
    },
  ],
};
