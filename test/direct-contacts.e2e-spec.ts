import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DAY_MS, HOUR_MS, timeIn } from './support/appointments.js';
import { type Person, World } from './support/world.js';

interface Made {
  id: string;
}

let world: World;
let host: Person;
let doctor: Person, patient: Person;
let roomId: string;

const begin = async () => {
  await world.setTime(new Date());
  host = await world.person('Host', 'SERVICE');
  ({ doctor, patient } = await world.people('doctor', 'patient'));
};
const book = (more: object = {}) =>
  world.do<Made>(host, 'bookAppointment', { practitionerId: doctor.id, patientId: patient.id, ...timeIn(DAY_MS), ...more }, 'id');
const turnedRound = () => ({ practitionerId: patient.id, patientId: doctor.id });
const step = (mutation: string, { id }: Made, more: object = {}) =>
  world.act(host, `${mutation}Appointment`, { appointmentId: id, ...more });
const openDirect = async () => (await world.do<{ id: string }>(patient, 'openDirectRoom', { userId: doctor.id }, 'id')).id;
const speak = () => Promise.all([doctor, patient].map((person) => world.refusal(person, 'sendMessage', { roomId, content: 'Hello' })));
const notices = async () =>
  (
    await world.sql<{ said: string }>(
      `select concat_ws(': ', content, metadata->>'reason') as said from messages where room_id = $1 and kind = 'SYSTEM' order by sequence`,
      [roomId],
    )
  ).map(({ said }) => said);
const inClosed = ['ROOM_CLOSED', 'ROOM_CLOSED'];
const inOpen = ['OK', 'OK'];
const CLOSED = 'The system closed the room: there is no appointment any more';
const REOPENED = 'The system reopened the room';

describe('the direct room of contacts, where direct rooms are for contacts,', () => {
  beforeAll(async () => {
    world = await World.start({ DIRECT_ROOMS: 'contacts', LOG_LEVEL: 'silent' }, 2);
  });
  afterAll(() => world.stop());
  beforeEach(begin);

  test.each([
    ['cancelled', ['cancel']],
    ['missed', ['miss']],
    ['entered in error', ['enterInError']],
    ['cancelled after the patient has moved it', ['reschedule']],
  ])('is read-only when the last appointment is %s, and says so; a new one opens it again', async (_, [way]) => {
    const one = await book(timeIn(-HOUR_MS));
    roomId = await openDirect();
    if (way === 'reschedule') await world.act(patient, 'rescheduleAppointment', { appointmentId: one.id, ...timeIn(DAY_MS) });
    else if (way === 'enterInError') await world.act(host, 'enterAppointmentInError', { appointmentId: one.id, reason: 'a slip' });
    else await step(way!, one);
    expect(await speak()).toEqual(inClosed);
    expect((await notices()).slice(1)).toEqual([CLOSED]);

    await world.act(doctor, 'proposeAppointment', { patientId: patient.id, ...timeIn(DAY_MS) });
    expect(await speak()).toEqual(inClosed);
    await book();
    expect(await speak()).toEqual(inOpen);
    expect((await notices()).slice(1)).toEqual([CLOSED, REOPENED]);
  });

  test('stays open while another one counts, also one in which the two have changed sides', async () => {
    const [one, other] = [await book(), await book(turnedRound())];
    roomId = await openDirect();
    await step('cancel', one);
    expect(await speak()).toEqual(inOpen);
    await step('cancel', other);
    expect(await speak()).toEqual(inClosed);
  });

  test('is read-only when the visit is too long ago, which the clock alone brings about', async () => {
    const one = await book(timeIn(-HOUR_MS));
    roomId = await openDirect();
    for (const mutation of ['arriveAt', 'checkIn', 'fulfill']) await step(mutation, one);
    await world.setTime(new Date(Date.now() + 30 * DAY_MS - HOUR_MS));
    expect(await speak()).toEqual(inOpen);
    await world.setTime(new Date(Date.now() + 30 * DAY_MS + HOUR_MS));
    expect(await speak()).toEqual(inClosed);
    expect((await notices()).at(-1)).toBe('The system closed the room: the last appointment is too long ago');
    await book(timeIn(31 * DAY_MS));
    expect(await speak()).toEqual(inOpen);
  });

  test('is not opened again where a person has closed it, before the contact ended or after', async () => {
    const one = await book();
    roomId = await openDirect();
    await world.act(host, 'closeRoom', { roomId });
    await step('cancel', one);
    const two = await book();
    expect(await speak()).toEqual(inClosed);

    await world.act(host, 'reopenRoom', { roomId });
    await step('cancel', two);
    await world.act(host, 'archiveRoom', { roomId });
    await book();
    expect(await speak()).toEqual(inClosed);
    expect((await notices()).slice(1)).toEqual(['Host closed the room', 'Host reopened the room', CLOSED, 'Host archived the room']);
  });

  test('is left alone by an appointment that never counted', async () => {
    const counts = await book();
    roomId = await openDirect();
    await step('cancel', counts);
    await world.act(host, 'reopenRoom', { roomId });
    const proposed = await world.do<Made>(doctor, 'proposeAppointment', { patientId: patient.id, ...timeIn(DAY_MS) }, 'id');
    await step('cancel', proposed);
    expect(await speak()).toEqual(inOpen);
  });

  test('is open if and only if there is a contact, however close one is lost while another is made', async () => {
    let one = await book();
    roomId = await openDirect();
    for (let round = 0; round < 10; round++) {
      const [, other] = await Promise.all([step('cancel', one), book(turnedRound())]);
      expect(await speak()).toEqual(inOpen);
      one = await book();
      await Promise.all([step('cancel', one), step('cancel', other)]);
      expect(await speak()).toEqual(inClosed);
      one = await book();
    }
  });

  test('is opened by a contact, or not at all, however close the contact is lost', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 25; round++) {
      await begin();
      const one = await book();
      const [, opened] = await Promise.all([step('cancel', one), world.refusal(patient, 'openDirectRoom', { userId: doctor.id })]);
      outcomes.add(opened);
      const rooms = await world.sql<{ id: string }>('select room_id as id from participants p join rooms r on r.id = room_id where user_id = $1 and r.kind = $2', [doctor.id, 'DIRECT']); // prettier-ignore
      expect(rooms).toHaveLength(opened === 'OK' ? 1 : 0);
      for (const { id } of rooms) {
        roomId = id;
        expect(await speak()).toEqual(inClosed);
      }
    }
    expect([...outcomes].filter((outcome) => outcome !== 'OK' && outcome !== 'FORBIDDEN')).toEqual([]);
  });

  test('closes with the step that lost the contact, or neither happens', async () => {
    const one = await book();
    roomId = await openDirect();
    await world.sql(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`);
    await world.sql(
      `create trigger refuse before update on rooms for each row when (new.status = 'CLOSED' and new.kind = 'DIRECT') execute function refuse()`,
    );
    expect(await world.refusal(host, 'cancelAppointment', { appointmentId: one.id })).toBe('INTERNAL');
    await world.sql('drop trigger refuse on rooms');
    expect(await world.sql('select status from appointments where id = $1', [one.id])).toEqual([{ status: 'BOOKED' }]);
    expect(await speak()).toEqual(inOpen);
  });
});

describe('the direct room of contacts, where direct rooms are for everybody,', () => {
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());
  beforeEach(begin);

  test('is left alone', async () => {
    const one = await book();
    roomId = await openDirect();
    await step('cancel', one);
    expect(await speak()).toEqual(inOpen);
    expect(await notices()).toHaveLength(1);
  });
});
