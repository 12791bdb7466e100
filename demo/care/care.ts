import { beingAway } from './absence.js';
import { reporting, visiting } from './calendar.js';
import { askingAgain, losing, talking } from './talk.js';
import type { Company } from '../support/company.js';
import { Person } from '../support/person.js';
import type { Promises } from '../support/promises.js';
import { Receiver } from '../support/receiver.js';
import { Sender } from '../support/sender.js';
import type { Stage } from '../support/stage.js';
import { type Act, play, type Story } from '../support/story.js';

/** Why they meet: for the two of them, and nobody else. */
export const REASON = 'a lump behind the left ear, and a family history of it';

export interface Cast {
  stage: Stage;
  promises: Promises;
  /** The clinic's own system, which is told of everything. */
  host: Person;
  receiver: Receiver;
  /** The clinic's calendar, which tells. */
  calendar: Sender;
  practitioner: Person;
  patient: Person;
  /** A colleague of the practitioner. */
  delegate: Person;
  support: Person;
  /** Signed in, and nobody's patient. */
  stranger: Person;
  /** Of the room of the two, as soon as there is one. */
  company: Company | null;
  /** Of the appointment that they talk about; empty before. */
  appointmentId: string;
}

const PROMISES = {
  calendar: 'what the calendar says is taken with its signature, once, and in its order',
  contact: 'contacts follow from appointments: they come with one that is accepted, and go with the last',
  direct: 'a direct room is for contacts, and the two have one',
  steps: 'nobody agrees for somebody else, and both read the same story',
  sealed: 'why they meet is read by the two of them, and stands nowhere else',
  private: 'platform support does not look in, and a stranger cannot tell the room from none',
  away: 'who is away is stood in for, and patients hear so when they write; then the colleague is out again',
  closed: 'without an appointment the room is read-only',
  P6: 'unread counts are what one counts by hand',
  ticks: 'what was sent is delivered when it arrived, and read when it was read',
  told: 'the clinic is told of everything in the room, signed, once and in order',
};

export interface Appointment {
  id: string;
  roomId: string;
  status: string;
  version: number;
  reason: string | null;
  rescheduledTo: { id: string } | null;
}

export const APPOINTMENT = 'id roomId status version reason rescheduledTo { id }';

export const appointmentOf = async (person: Person, id: string): Promise<Appointment> =>
  (await person.api.get<{ appointment: Appointment }>(`query ($id: ID!) { appointment(id: $id) { ${APPOINTMENT} } }`, { id })).appointment;

/** To whom somebody may write, and where. */
export async function contactsOf(person: Person): Promise<{ userId: string; roomId: string | null }[]> {
  type Contacts = { availableContacts: { nodes: { user: { id: string }; roomId: string | null }[] } };
  const { availableContacts } = await person.api.get<Contacts>('{ availableContacts { nodes { user { id } roomId } } }');
  return availableContacts.nodes.map(({ user, roomId }) => ({ userId: user.id, roomId }));
}

/** A half hour that is so many days from now. */
export function halfHourIn(days: number): { startAt: string; endAt: string } {
  const start = Date.now() + days * 24 * 60 * 60_000;
  return { startAt: new Date(start).toISOString(), endAt: new Date(start + 30 * 60_000).toISOString() };
}

async function gather(stage: Stage, promises: Promises): Promise<Cast> {
  const host = await Person.arrive(stage, { sub: 'clinic', name: 'The clinic', part: 'host', role: 'SERVICE' });
  const practitioner = await Person.arrive(stage, { sub: 'amara', name: 'Dr. Amara Okafor', part: 'practitioner' });
  const patient = await Person.arrive(stage, { sub: 'soren', name: 'Søren Kjær', part: 'patient', transport: 'socket' });
  const delegate = await Person.arrive(stage, { sub: 'ben', name: 'Dr. Ben Itō', part: 'delegate' });
  const support = await Person.arrive(stage, { sub: 'sam', name: "Sam O'Neill", part: 'support', role: 'SUPPORT' });
  const stranger = await Person.arrive(stage, { sub: 'eve', name: 'Eve', part: 'stranger' });
  const receiver = await Receiver.listen(host);
  const calendar = await Sender.register(stage, host, { kind: 'APPOINTMENTS', name: 'The calendar' });
  const people = { host, practitioner, patient, delegate, support, stranger };
  return { stage, promises, receiver, calendar, ...people, company: null, appointmentId: '' };
}

async function compare({ company, practitioner, patient, receiver, stage, promises }: Cast): Promise<void> {
  await company?.heard();
  await receiver.check(promises, practitioner);
  promises.same('steps', 'what the two have read', patient.side.steps, practitioner.side.steps);
  const heard = JSON.stringify([practitioner, patient].map(({ side }) => side.messages));
  promises.look('sealed', 'it stands in a message', !heard.includes(REASON));
  promises.look('sealed', 'the clinic was told', !JSON.stringify(receiver.told).includes(REASON));
  promises.look('sealed', "it stands in the node's log", !stage.log.includes(REASON));
}

const ACTS: Act<Cast>[] = [
  ['The calendar reports an appointment', reporting],
  ['They talk', talking],
  ['The last appointment is called off', losing],
  ['Another one, with a reason', askingAgain],
  ['The practitioner is away', beingAway],
  ['The day of the visit, as the calendar tells it: early, twice, late', visiting],
  ['What the host was told', compare],
];

export const care: Story = {
  title: 'A practitioner, a patient, and the appointments that let them talk',
  // Nobody else calls addresses such as 127.0.0.1.
  settings: { DIRECT_ROOMS: 'contacts', WEBHOOK_ALLOW_PRIVATE: 'true' },
  promises: PROMISES,

  async tell(stage, promises) {
    const cast = await gather(stage, promises);
    const { host, practitioner, patient, delegate, support, stranger, receiver } = cast;
    try {
      await play(ACTS, cast);
      return [practitioner, patient, delegate];
    } finally {
      for (const person of [host, practitioner, patient, delegate, support, stranger]) await person.api.close();
      await receiver.stop();
    }
  },
};
