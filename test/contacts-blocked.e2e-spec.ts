import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { DAY_MS, timeIn } from './support/appointments.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let host: Person;
let doctor: Person, patient: Person, other: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

const book = (whom: Person) =>
  world.do<{ room: Room }>(
    host,
    'bookAppointment',
    { practitionerId: doctor.id, patientId: whom.id, ...timeIn(DAY_MS) },
    'room { id code }',
  );

beforeEach(async () => {
  ({ doctor, patient, other } = await world.people('doctor', 'patient', 'other'));
  ({ room } = await book(patient));
  await book(other);
});

async function contactsOf(person: Person): Promise<string[]> {
  type Contacts = { availableContacts: { nodes: { user: { id: string } }[] } };
  const { availableContacts } = await world.as(person).get<Contacts>('{ availableContacts { nodes { user { id } } } }');
  return availableContacts.nodes.map(({ user }) => user.id).sort();
}

const expectContacts = async (isBlocked: boolean) => {
  expect(await contactsOf(doctor)).toEqual((isBlocked ? [other.id] : [other.id, patient.id]).sort());
  expect(await contactsOf(patient)).toEqual(isBlocked ? [] : [doctor.id]);
};

test.each([
  ['the room of their appointments', () => Promise.resolve(room)],
  ['their direct room', () => world.do<Room>(patient, 'openDirectRoom', { userId: doctor.id }, 'id code')],
])('two of whom one is blocked in %s are no contacts of each other until that is over; the others are', async (_, find) => {
  const { id: roomId } = await find();
  for (const blocked of [doctor, patient]) {
    await expectContacts(false);
    await world.act(host, 'blockParticipant', { roomId, userId: blocked.id });
    await expectContacts(true);
    await world.act(host, 'unblockParticipant', { roomId, userId: blocked.id });
  }
  await expectContacts(false);
});
