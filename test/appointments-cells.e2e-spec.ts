import { afterAll, beforeAll } from '@jest/globals';
import { appointmentMachine } from '../src/integrations/appointments/appointment/appointment.machine.js';
import { makeAppointments, timeIn } from './support/appointments.js';
import { testCells, testHostsCells } from './support/cells.js';
import { answerOf, type Rule } from './support/rules.js';
import { testWalk } from './support/walk.js';
import { type Person, World } from './support/world.js';

const BOTH = 'THE_PATIENT THE_PRACTITIONER SERVICE';
const ALL = 'PROPOSED PENDING WAITLIST BOOKED ARRIVED CHECKED_IN FULFILLED CANCELLED NOSHOW';
const DESK = 'THE_PRACTITIONER FACILITY_STAFF SERVICE';
/** Another patient and another practitioner may nothing. */
const RULES: Rule[] = [
  ['WAITLIST', 'offer', 'THE_PRACTITIONER SERVICE', 'PROPOSED'],
  ['PENDING', 'accept', 'THE_PRACTITIONER SERVICE', 'BOOKED'],
  ['PROPOSED', 'accept', 'THE_PATIENT SERVICE', 'BOOKED'],
  ['PROPOSED PENDING BOOKED', 'reschedule', BOTH, 'CANCELLED'],
  ['PROPOSED PENDING WAITLIST BOOKED', 'cancel', BOTH, 'CANCELLED'],
  ['BOOKED', 'arrive', DESK, 'ARRIVED'],
  ['ARRIVED', 'check_in', DESK, 'CHECKED_IN'],
  ['CHECKED_IN', 'fulfill', DESK, 'FULFILLED'],
  ['BOOKED ARRIVED', 'miss', `${DESK} TIMER`, 'NOSHOW'],
  [ALL, 'enter_in_error', 'ADMIN SERVICE', 'ENTERED_IN_ERROR'],
];
const STATES = [...ALL.split(' '), 'ENTERED_IN_ERROR'];
const ROLES = ['THE_PATIENT', 'THE_PRACTITIONER', 'PATIENT', 'PRACTITIONER', 'FACILITY_STAFF', 'SUPPORT_STAFF', 'ADMIN'];

let world: World;
let actors: Record<string, Person>;

beforeAll(async () => {
  world = await World.start();
  const people = await Promise.all(ROLES.map(async (role) => [role, await world.person(role)] as const));
  actors = { ...Object.fromEntries(people), SERVICE: await world.person('Host', 'SERVICE') };
});

afterAll(() => world.stop());

const TIME = timeIn(0);
const own = (name: string, more: object = {}) => ({ name, input: ({ id }: { id: string }) => ({ appointmentId: id, ...more }) });

const cells = () => ({
  world,
  machine: appointmentMachine,
  actors,
  make: (status: string, count: number) => makeAppointments(world, actors, status, count),
  mutations: {
    offer: own('offerAppointment', TIME),
    accept: own('acceptAppointment'),
    reschedule: own('rescheduleAppointment', TIME),
    cancel: own('cancelAppointment'),
    arrive: own('arriveAtAppointment'),
    check_in: own('checkInAppointment'),
    fulfill: own('fulfillAppointment'),
    miss: own('missAppointment'),
    enter_in_error: own('enterAppointmentInError', { reason: 'a slip' }),
  },
  payloads: { offer: TIME, reschedule: TIME },
  expected: answerOf(RULES),
});

testCells('an appointment', STATES, cells);
testHostsCells('an appointment', STATES, cells);
testWalk('an appointment', () => ({
  ...cells(),
  rules: RULES,
  start: 'WAITLIST',
  shown: ({ id }, fields) => `appointment(id: "${id}") { ${fields} }`,
}));
