import { type Appointment, APPOINTMENT, appointmentOf, type Cast, contactsOf, halfHourIn, REASON } from './care.js';
import { codeOf, type Person } from '../support/person.js';
import { printStep } from '../support/print.js';
import { cannotTell } from '../support/stranger.js';

export async function talking(cast: Cast): Promise<void> {
  const { practitioner, patient, support, stranger, promises } = cast;
  const company = cast.company!;
  await company.say(patient, 'Goddag, Dr. Okafor! Do I need to fast before we talk?');
  await company.say(practitioner, 'No need to. Please have your list of medicines at hand. 💊');
  const last = await company.say(patient, 'I will. 🙏🏻');
  const tick = () => patient.side.tickOf(patient.side.messages.find(({ id }) => id === last.id)!);
  await company.heard();
  promises.same('ticks', 'just sent', tick(), 'SENT');
  await company.checkUnread('before the practitioner has read');
  await practitioner.receive(last);
  await company.heard();
  promises.same('ticks', 'it arrived', tick(), 'DELIVERED');
  await practitioner.read(last);
  await company.heard();
  promises.same('ticks', 'it was read', tick(), 'READ');
  await company.checkUnread('when the practitioner has read');
  printStep("The patient's ticks went ✓, ✓✓, ✓✓ read.");

  promises.same('private', 'support looks in', await support.looksInto(patient.roomId), 'NOT_FOUND');
  await cannotTell(promises, 'private', stranger, { roomId: patient.roomId, messageId: last.id });
  await writeDirectly(cast);
}

const openDirect = (me: Person, userId: string) => me.do('openDirectRoom', { userId }, 'id');

async function writeDirectly({ company, practitioner, patient, stranger, promises }: Cast): Promise<void> {
  const [{ id }, again] = await Promise.all([openDirect(patient, practitioner.id), openDirect(practitioner, patient.id)]);
  promises.same('direct', 'opened by both at once', again.id, id);
  promises.same('direct', 'a stranger', await stranger.refusalOf('openDirectRoom', { userId: practitioner.id }), 'FORBIDDEN');
  const window = patient.besides();
  window.roomId = id;
  await window.say('One more thing, beside the appointment: is parking free?');
  await company!.checkUnread('with a direct room');
  printStep('Contacts have a direct room, too; whoever is none gets no further.');
}

export async function losing({ company, practitioner, patient, promises, appointmentId }: Cast): Promise<void> {
  await patient.do('cancelAppointment', { appointmentId });
  await company!.heard();
  for (const person of [practitioner, patient]) {
    await person.side.until(`${person.part} hears that the room is read-only`, ({ room }) => room.status === 'CLOSED');
    promises.same('closed', `${person.part} speaks`, codeOf((await person.trySend('Wait…')).errors), 'ROOM_CLOSED');
    promises.same('closed', `${person.part} reads on`, (await company!.pages(person)).messages.length, person.side.messages.length);
    promises.same('contact', `${person.part}, without an appointment`, await contactsOf(person), []);
  }
  const toDirect = await patient.refusalOf('openDirectRoom', { userId: practitioner.id });
  promises.same('direct', 'without an appointment', toDirect, 'FORBIDDEN');
  printStep('It was their last one: no contacts any more, and the room is read-only for both.');
}

export async function askingAgain(cast: Cast): Promise<void> {
  const { practitioner, patient, host, support, promises } = cast;
  const { roomId } = patient;
  const plan = { practitionerId: practitioner.id, ...halfHourIn(2), reasonForVisit: REASON };
  const asked = await patient.do<Appointment>('requestAppointment', plan, APPOINTMENT);
  promises.same('steps', 'the room of the two is one', [asked.roomId, asked.status], [roomId, 'PENDING']);
  promises.same('closed', 'still', codeOf((await practitioner.trySend('Of course!')).errors), 'ROOM_CLOSED');
  for (const person of [practitioner, patient, host]) {
    const read = (await appointmentOf(person, asked.id)).reason;
    promises.same('sealed', `read by the ${person.part}`, read, person === host ? null : REASON);
  }
  const { errors } = await support.api.ask('query ($id: ID!) { appointment(id: $id) { reason } }', { id: asked.id });
  promises.same('sealed', 'asked for by support', codeOf(errors), 'NOT_FOUND');

  await practitioner.do('acceptAppointment', { appointmentId: asked.id });
  await patient.side.until('the room is open again', ({ room }) => room.status === 'OPEN');
  await cast.company!.say(practitioner, 'An emergency came up, may I move it by a day?');
  await cast.company!.say(patient, 'Of course.');
  await moving(cast, asked.id);
}

async function moving(cast: Cast, oldId: string): Promise<void> {
  const { practitioner, patient, promises } = cast;
  const moved = await practitioner.do<Appointment>('rescheduleAppointment', { appointmentId: oldId, ...halfHourIn(3) }, APPOINTMENT);
  cast.appointmentId = moved.id;
  await patient.hears('appointment.book');
  const { status, rescheduledTo } = await appointmentOf(patient, oldId);
  promises.same('steps', 'the old one', [status, rescheduledTo?.id], ['CANCELLED', moved.id]);
  promises.same('steps', 'the new one', moved.status, 'BOOKED');
  promises.same('sealed', 'the reason went along', (await appointmentOf(patient, moved.id)).reason, REASON);
  promises.same('contact', 'as before', await contactsOf(patient), [{ userId: practitioner.id, roomId: patient.roomId }]);
  printStep('Asked for again, with a reason that only the two can read; accepted, and moved by a day.');
}
