import { RoomStatus } from '../../policy/roles.js';
import { directKeyOf } from '../../rooms/room/direct-rooms.js';
import { setRoomStatus } from '../../rooms/room/room-steps.js';
import { lockRoomByPair } from '../../rooms/room/rooms.queries.js';
import type { Connection } from '../../database/sql.js';
import type { TimelineTransaction } from '../../timeline/timeline.service.js';
import type { Move } from '../../transitions/machine/machine.js';
import { NO_APPOINTMENT } from './appointment/appointment.effects.js';
import type { Appointment } from './appointment/appointment.entity.js';
import { areContacts, directStandingOf, lockContact, type Pair } from './appointment/appointments.queries.js';

/**
 * Where direct rooms are for contacts, that of a pair is read-only from the end of their contact until there is one again. What a person has
 * closed stays closed. Its lock comes after the one of the room of their appointments, always, so that no two of us wait for each other;
 * and what counts is looked for under it, so that of two who lose or win a contact at once the second sees what the first did.
 */
export async function followContact(tx: TimelineTransaction, { practitionerId, patientId }: Pair, at: Date, why: string): Promise<void> {
  await lockContact(tx.manager, practitionerId, patientId);
  const roomId = await lockRoomByPair(tx.manager, directKeyOf(practitionerId, patientId));
  if (roomId === null) return;
  const { isContact, roomStatus, closedBy } = await directStandingOf(tx.manager, { roomId, practitionerId, patientId }, at);
  if (!isContact && roomStatus === RoomStatus.OPEN) await setRoomStatus(tx, roomId, RoomStatus.CLOSED, null, why);
  if (isContact && roomStatus === RoomStatus.CLOSED && closedBy === null) await setRoomStatus(tx, roomId, RoomStatus.OPEN, null);
}

/** It waits for whoever makes or loses the contact at this moment; in a transaction that opens their room, nobody does so before its end. */
export async function mayWrite(connection: Connection, userId: string, otherId: string, at: Date): Promise<boolean> {
  await lockContact(connection, userId, otherId);
  return areContacts(connection, userId, otherId, at);
}

/** After a step of an appointment that makes, or has made, a contact. */
export async function followStep({ tx, subject, before, at }: Move<Appointment>): Promise<void> {
  if (before?.contactUntil || subject.contactUntil) await followContact(tx, subject, at, NO_APPOINTMENT);
}
