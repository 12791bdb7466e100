import { newId } from '../../../common/values/ids.js';
import { badInput } from '../../../common/errors/errors.js';
import { seal, unseal } from '../../../common/sealed.js';
import type { Config } from '../../../config/config.js';
import { RoomStatus } from '../../../policy/roles.js';
import { setRoomStatus } from '../../../rooms/room/room-steps.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import type { Actor, Effect, Move } from '../../../transitions/machine/machine.js';
import { Appointment } from './appointment.entity.js';
import { standingOf } from './appointments.queries.js';

/** The deadline at which an appointment no longer makes a contact. */
export const CONTACT_ENDS = 'appointment.contactEnds';

/** Why a room closes. */
export const NO_APPOINTMENT = 'there is no appointment any more';

const MAKES_CONTACT: ReadonlySet<string> = new Set<string>(['BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED']);

/** Until when an appointment makes its two people contacts; null: not at all. */
export function contactUntil(
  { endAt }: Pick<Appointment, 'endAt'>,
  status: string,
  at: Date,
  { contactWindowMs, contactAfterVisitMs }: Pick<Config, 'contactWindowMs' | 'contactAfterVisitMs'>,
): Date | null {
  if (!MAKES_CONTACT.has(status)) return null;
  if (status === 'FULFILLED') return new Date(at.getTime() + contactAfterVisitMs);
  return new Date((endAt ?? at).getTime() + contactWindowMs);
}

/** For `prepare`: the row knows how long it makes a contact, and until when its patient can call it off. */
export function reckonContact({ subject, to, at, config }: Move<Appointment>): void {
  subject.contactUntil = contactUntil(subject, to, at, config);
  const { startAt } = subject;
  const isBound = to === 'BOOKED' && startAt !== null && config.appointmentNoticeMs > 0;
  subject.cancelUntil = isBound ? new Date(startAt.getTime() - config.appointmentNoticeMs) : null;
}

/** The room of a pair is for those who are contacts: without one it is read-only. */
export async function closeWithoutContact(
  tx: TimelineTransaction,
  { roomId, practitionerId, patientId }: Pick<Appointment, 'roomId' | 'practitionerId' | 'patientId'>,
  at: Date,
  why: string,
): Promise<void> {
  const { isContact, roomStatus } = await standingOf(tx.manager, { roomId, practitionerId, patientId }, at);
  if (!isContact && roomStatus === RoomStatus.OPEN) await setRoomStatus(tx, roomId, RoomStatus.CLOSED, null, why);
}

export const closeUntilAccepted: Effect<Appointment> = {
  says: 'the room is read-only until there is an accepted appointment',
  run: ({ tx, subject, at }) => closeWithoutContact(tx, subject, at, 'it opens with an accepted appointment'),
};

export const closeAfterLast: Effect<Appointment> = {
  says: 'the room becomes read-only if this was the last',
  run: async (move) => {
    await move.unschedule(CONTACT_ENDS);
    await closeWithoutContact(move.tx, move.subject, move.at, NO_APPOINTMENT);
  },
};

export const openForContact: Effect<Appointment> = {
  says: 'the two are contacts, and their room is open',
  run: async (move) => {
    await setRoomStatus(move.tx, move.subject.roomId, RoomStatus.OPEN, null);
    await keepContact.run(move);
  },
};

export const keepContact: Effect<Appointment> = {
  says: 'the two stay contacts for a time',
  run: async (move) => {
    if (move.subject.contactUntil) await move.schedule(CONTACT_ENDS, move.subject.contactUntil);
  },
};

/** How the new one begins: as the old one stood, except that nobody agrees for somebody else. */
export function beginningOf(old: Appointment, from: string | null, { userId, role }: Actor): 'book' | 'propose' | 'request' {
  const isBooked = from === 'BOOKED';
  if (role === 'SERVICE') return isBooked ? 'book' : from === 'PENDING' ? 'request' : 'propose';
  if (userId !== old.practitionerId) return 'request';
  return isBooked ? 'book' : 'propose';
}

/** The times of a payload. @throws BAD_USER_INPUT */
function timesOf({ startAt, endAt }: Metadata): { startAt: Date; endAt: Date } {
  if (typeof startAt !== 'string' || typeof endAt !== 'string') throw badInput('input.startAt', 'A time is needed');
  return { startAt: new Date(startAt), endAt: new Date(endAt) };
}

/** For `prepare`: another time. */
export function setTimes({ subject, payload }: Move<Appointment>): void {
  Object.assign(subject, timesOf(payload));
}

/** Another row at another time, with what else there was; linked to the old one. */
export function movedTo(old: Appointment, payload: Metadata, { secretsKey }: Config): Appointment {
  const id = newId();
  const { externalRef } = payload;
  const reason = old.reasonSealed && secretsKey ? unseal(secretsKey, old.id, old.reasonSealed) : null;
  return Object.assign(new Appointment(), {
    id,
    roomId: old.roomId,
    practitionerId: old.practitionerId,
    patientId: old.patientId,
    ...timesOf(payload),
    mode: old.mode,
    authority: old.authority,
    externalRef: typeof externalRef === 'string' ? externalRef : null,
    hostVersion: null,
    reasonSealed: reason !== null && secretsKey ? seal(secretsKey, id, reason) : null,
    rescheduledFromId: old.id,
    contactUntil: null,
    cancelUntil: null,
  });
}
