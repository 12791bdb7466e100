import { randomUUID } from 'node:crypto';
import type { Variables } from '../support/api.js';
import { type Appointment, APPOINTMENT, appointmentOf, type Cast, contactsOf, halfHourIn, REASON } from './care.js';
import { Company } from '../support/company.js';
import { codeOf } from '../support/person.js';
import { printStep } from '../support/print.js';

/** What nobody has signed who may, and what may not be said here at all. */
async function tellWrongly({ calendar, promises }: Cast, request: Variables): Promise<void> {
  const secret = `whsec_${Buffer.from(randomUUID()).toString('base64')}`;
  const { status: unsigned } = await calendar.tell('appointment.request', request, { secret });
  promises.same('calendar', 'signed by somebody else', unsigned, 401);
  const { status: tooMuch } = await calendar.tell('appointment.request', { ...request, reasonForVisit: REASON });
  promises.same('sealed', 'the calendar tells why they meet', tooMuch, 400);
}

export async function reporting(cast: Cast): Promise<void> {
  const { calendar, practitioner, patient, promises } = cast;
  for (const person of [practitioner, patient]) promises.same('contact', `${person.part}, before`, await contactsOf(person), []);
  const toDirect = { userId: practitioner.id, as: 'PATIENT', role: 'PRACTITIONER' };
  promises.same('direct', 'without a contact', await patient.refusalOf('openDirectRoom', toDirect), 'FORBIDDEN');

  const request = { externalRef: 'cal-77', practitioner: { externalId: 'amara' }, patient: { externalId: 'soren' }, ...halfHourIn(1) };
  await tellWrongly(cast, request);
  const taken = await calendar.tell('appointment.request', { ...request, mode: 'VIDEO' }, { id: 'cal-77-request' });
  promises.same('calendar', 'signed', [taken.status, await calendar.fateOf(taken)], [202, 'PROCESSED']);

  type Mine = { appointments: { nodes: Appointment[] } };
  const { appointments } = await practitioner.api.get<Mine>(`{ appointments { nodes { ${APPOINTMENT} } } }`);
  promises.same(
    'calendar',
    'what came of it',
    appointments.nodes.map(({ status }) => status),
    ['PENDING'],
  );
  const { id, roomId } = appointments.nodes[0]!;
  cast.appointmentId = id;
  cast.company = new Company(roomId, promises);
  await cast.company.enter(practitioner, patient);
  printStep('The patient has asked for a time. The room is there, and read-only until the practitioner agrees.');
  await agreeing(cast, roomId);
}

async function agreeing({ practitioner, patient, promises, appointmentId }: Cast, roomId: string): Promise<void> {
  promises.same('closed', 'before anybody agreed', codeOf((await patient.trySend('Hello?')).errors), 'ROOM_CLOSED');
  promises.same('contact', 'before anybody agreed', await contactsOf(patient), []);
  const own = await patient.refusalOf('acceptAppointment', { appointmentId });
  promises.same('steps', 'the patient agrees for the practitioner', own, 'ILLEGAL_TRANSITION');
  await practitioner.do('acceptAppointment', { appointmentId });
  await patient.hears('appointment.accept');
  await patient.side.until('the patient hears that the room is open', ({ room }) => room.status === 'OPEN');
  promises.same('contact', 'of the patient', await contactsOf(patient), [{ userId: practitioner.id, roomId }]);
  promises.same('contact', 'of the practitioner', await contactsOf(practitioner), [{ userId: patient.id, roomId }]);
  printStep('The practitioner agreed: the two are contacts, and the room is open.');
}

const MINUTE_MS = 60_000;

/** The calendar names it by our id, because it came into being here. */
export async function visiting(cast: Cast): Promise<void> {
  const { calendar, company, practitioner, patient, promises, appointmentId } = cast;
  const now = Date.now();
  const [before, arrival, checkIn] = [3, 2, 1].map((minutes) => new Date(now - minutes * MINUTE_MS));
  const about = { id: appointmentId };
  const early = await calendar.tell('appointment.check_in', about, { at: checkIn! });
  promises.same('calendar', 'checked in before they arrived', await calendar.fateOf(early), 'QUARANTINED');
  promises.same('calendar', 'meanwhile', (await appointmentOf(patient, appointmentId)).status, 'BOOKED');
  await calendar.tell('appointment.arrive', about, { id: 'arrival', at: arrival! });
  await patient.hears('appointment.check_in');
  promises.same('calendar', 'when they have arrived', await calendar.fateOf(early), 'PROCESSED');
  await company!.heard();
  printStep('"Checked in" came before "arrived": it waited, and both hold now, in their order.');

  const { version } = await appointmentOf(patient, appointmentId);
  const { revision } = practitioner.side;
  const repeated = await calendar.tell('appointment.arrive', about, { id: 'arrival', at: arrival! });
  promises.same('calendar', 'the same event again', repeated.status, 200);
  for (const [type, at] of [
    ['appointment.arrive', arrival],
    ['appointment.cancel', before],
  ] as const) {
    const late = await calendar.tell(type, about, { at: at! });
    promises.same('calendar', `${type}, late`, [late.status, await calendar.fateOf(late)], [202, 'STALE']);
  }
  promises.same('calendar', 'the appointment afterwards', (await appointmentOf(patient, appointmentId)).version, version);
  await finishing(cast, revision);
}

async function finishing({ company, practitioner, patient, promises, appointmentId }: Cast, revision: number): Promise<void> {
  promises.same('steps', 'the patient ends the visit', await patient.refusalOf('fulfillAppointment', { appointmentId }), 'FORBIDDEN');
  await practitioner.do('fulfillAppointment', {
    appointmentId,
    expectedVersion: (await appointmentOf(practitioner, appointmentId)).version,
  });
  await company!.heard();
  const after = practitioner.side.messages.filter((message) => message.revision > revision).map(({ metadata }) => metadata?.['event']);
  promises.same('calendar', 'what the room says since the repeated and the late ones', after, ['fulfill']);
  const steps = ['request', 'accept', 'reschedule', 'book', 'arrive', 'check_in', 'fulfill'].map((event) => `appointment.${event}`);
  promises.same('steps', 'from the second request on', practitioner.side.steps.slice(-steps.length), steps);
  promises.same('contact', 'after the visit', (await contactsOf(patient)).length, 1);
  await company!.say(patient, 'Tak! See you next year. 🌷');
  printStep('What came twice or late has changed nothing. The visit took place; the two stay contacts for a time.');
}
