import { afterAll, beforeAll } from '@jest/globals';
import { appointmentMachine } from '../src/integrations/appointments/appointment.machine.js';
import { makeAppointments, timeIn } from './support/appointments.js';
import { testCells } from './support/cells.js';
import { type Person, World } from './support/world.js';

/** What may happen, told apart from the machine: from, event, who. Another patient and another practitioner may nothing. */
type Rule = readonly [from: string, event: string, who: string];

const BOTH = 'THE_PATIENT THE_PRACTITIONER SERVICE';
const DESK = 'THE_PRACTITIONER FACILITY_STAFF SERVICE';
const RULES: Rule[] = [
  ['WAITLIST', 'offer', 'THE_PRACTITIONER SERVICE'],
  ['PENDING', 'accept', 'THE_PRACTITIONER SERVICE'],
  ['PROPOSED', 'accept', 'THE_PATIENT SERVICE'],
  ['PROPOSED PENDING BOOKED', 'reschedule', BOTH],
  ['PROPOSED PENDING WAITLIST BOOKED', 'cancel', BOTH],
  ['BOOKED', 'arrive', DESK],
  ['ARRIVED', 'check_in', DESK],
  ['CHECKED_IN', 'fulfill', DESK],
  ['BOOKED ARRIVED', 'miss', DESK],
  ['PROPOSED PENDING WAITLIST BOOKED ARRIVED CHECKED_IN FULFILLED CANCELLED NOSHOW', 'enter_in_error', 'ADMIN SERVICE'],
];
const STATES = 'PROPOSED PENDING BOOKED ARRIVED CHECKED_IN FULFILLED CANCELLED NOSHOW WAITLIST ENTERED_IN_ERROR'.split(' ');
const ROLES = ['THE_PATIENT', 'THE_PRACTITIONER', 'PATIENT', 'PRACTITIONER', 'FACILITY_STAFF', 'SUPPORT_STAFF', 'ADMIN'];

let world: World;
let actors: Record<string, Person>;

beforeAll(async () => {
  world = await World.start();
  const people = await Promise.all(ROLES.map(async (role) => [role, await world.person(role)] as const));
  actors = { ...Object.fromEntries(people), SERVICE: await world.person('Host', 'SERVICE') };
});

afterAll(() => world.stop());

const own = (name: string, more: object = {}) => ({ name, input: ({ id }: { id: string }) => ({ appointmentId: id, ...more }) });

testCells('an appointment', STATES, () => ({
  world,
  machine: appointmentMachine,
  actors,
  make: (status, count) => makeAppointments(world, actors, status, count),
  mutations: {
    offer: own('offerAppointment', timeIn(0)),
    accept: own('acceptAppointment'),
    reschedule: own('rescheduleAppointment', timeIn(0)),
    cancel: own('cancelAppointment'),
    arrive: own('arriveAtAppointment'),
    check_in: own('checkInAppointment'),
    fulfill: own('fulfillAppointment'),
    miss: own('missAppointment'),
    enter_in_error: own('enterAppointmentInError', { reason: 'a slip' }),
  },
  expected: ({ status, event, actor }) => {
    const rules = RULES.filter(([, name, who]) => name === event && who.split(' ').includes(actor));
    if (rules.length === 0) return 'FORBIDDEN';
    return rules.some(([from]) => from.split(' ').includes(status)) ? 'OK' : 'ILLEGAL_TRANSITION';
  },
}));
