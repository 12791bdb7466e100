import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DAY_MS, HOUR_MS, timeIn } from './support/appointments.js';
import { RACING } from './support/node.js';
import { type Message, type Person, World } from './support/world.js';

interface Appointment {
  id: string;
  status: string;
  roomId: string;
  reason: string | null;
  rescheduledTo: { id: string } | null;
  rescheduledFromId: string | null;
}

const FIELDS = 'id status version roomId reason rescheduledFromId rescheduledTo { id }';
const CONTACTS =
  'query ($first: Int, $after: String) { availableContacts(first: $first, after: $after) { nodes { user { id } roomId lastAppointment { id } } pageInfo { endCursor hasNextPage } } }';

interface Contacts {
  availableContacts: {
    nodes: { user: { id: string }; roomId: string | null; lastAppointment: { id: string } | null }[];
    pageInfo: { endCursor: string; hasNextPage: boolean };
  };
}

let world: World;
let host: Person;
let doctor: Person, patient: Person, eve: Person;

beforeAll(async () => {
  world = await World.start({ DIRECT_ROOMS: 'contacts', ...RACING }, 2);
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  ({ doctor, patient, eve } = await world.people('doctor', 'patient', 'eve'));
});

const propose = (more: object = {}) =>
  world.do<Appointment>(doctor, 'proposeAppointment', { patientId: patient.id, ...timeIn(DAY_MS), ...more }, FIELDS);
const book = (more: object = {}) =>
  world.do<Appointment>(host, 'bookAppointment', { practitionerId: doctor.id, patientId: patient.id, ...timeIn(DAY_MS), ...more }, FIELDS);
const step = (person: Person, mutation: string, { id }: { id: string }, more: object = {}) =>
  world.do<Appointment>(person, mutation, { appointmentId: id, ...more }, FIELDS);
const refused = (person: Person, mutation: string, { id }: { id: string }, more: object = {}) =>
  world.refusal(person, mutation, { appointmentId: id, ...more });
const contactsOf = async (person: Person) => (await world.as(person).get<Contacts>(CONTACTS)).availableContacts.nodes;
const roomStatus = async (roomId: string) =>
  (await world.sql<{ status: string }>('select status from rooms where id = $1', [roomId]))[0]!.status;
const speaks = (person: Person, { roomId }: { roomId: string }) => world.refusal(person, 'sendMessage', { roomId, content: 'Hello' });
const visit = async (one: { id: string }) => {
  for (const mutation of ['arriveAtAppointment', 'checkInAppointment', 'fulfillAppointment']) await step(doctor, mutation, one);
};

describe('an appointment', () => {
  test('opens the chat of its two when it is accepted, and never before', async () => {
    const one = await propose();
    expect(one.status).toBe('PROPOSED');
    expect([await speaks(doctor, one), await speaks(patient, one)]).toEqual(['ROOM_CLOSED', 'ROOM_CLOSED']);
    expect(await refused(doctor, 'acceptAppointment', one)).toBe('ILLEGAL_TRANSITION');
    expect(await step(patient, 'acceptAppointment', one)).toMatchObject({ status: 'BOOKED' });
    expect([await speaks(doctor, one), await speaks(patient, one)]).toEqual(['OK', 'OK']);
  });

  test('that a patient asks for is accepted by the practitioner', async () => {
    const asked = await world.do<Appointment>(patient, 'requestAppointment', { practitionerId: doctor.id, ...timeIn(DAY_MS) }, FIELDS);
    expect(asked.status).toBe('PENDING');
    expect(await refused(patient, 'acceptAppointment', asked)).toBe('ILLEGAL_TRANSITION');
    expect(await step(doctor, 'acceptAppointment', asked)).toMatchObject({ status: 'BOOKED' });
  });

  test('is booked at once by the host, and by a practitioner for a contact only', async () => {
    const input = { patientId: patient.id, ...timeIn(DAY_MS) };
    expect(await world.refusal(doctor, 'bookAppointment', input)).toBe('FORBIDDEN');
    expect(await world.sql('select from participants where user_id = $1', [patient.id])).toEqual([]);
    await book();
    expect(await world.refusal(doctor, 'bookAppointment', input)).toBe('OK');
    const swapped = { ...input, practitionerId: patient.id, patientId: doctor.id };
    for (const one of [{ ...input, practitionerId: doctor.id }, swapped])
      for (const who of [patient, eve]) expect(await world.refusal(who, 'bookAppointment', one)).toBe('FORBIDDEN');
  });

  test('shares one room with all others of the same two, however many begin at once', async () => {
    const booked = await Promise.all(Array.from({ length: 12 }, (_, at) => book({ externalRef: `${doctor.id}-${at % 6}` })));
    expect(new Set(booked.map(({ roomId }) => roomId)).size).toBe(1);
    expect(new Set(booked.map(({ id }) => id)).size).toBe(6);
    const room = await world
      .as(patient)
      .get<{ room: { kind: string; participants: { role: string }[]; appointments: object[] } }>(
        'query ($id: ID!) { room(id: $id) { kind participants { role } appointments { id } } }',
        { id: booked[0]!.roomId },
      );
    expect(room.room.kind).toBe('APPOINTMENT');
    expect(room.room.participants.map(({ role }) => role).sort()).toEqual(['PATIENT', 'PRACTITIONER']);
    expect(room.room.appointments).toHaveLength(6);
  });

  test('is the same for the same key, and a conflict when only the reason differs', async () => {
    const time = timeIn(DAY_MS);
    const keyed = { ...time, idempotencyKey: 'one', reasonForVisit: 'a cough' };
    const [first, second] = [await propose(keyed), await propose(keyed)];
    expect(second).toEqual(first);
    const other = { patientId: patient.id, ...keyed, reasonForVisit: 'a rash' };
    expect(await world.refusal(doctor, 'proposeAppointment', other)).toBe('IDEMPOTENCY_CONFLICT');
    await step(patient, 'acceptAppointment', first, { expectedVersion: 1 });
    expect(await refused(patient, 'cancelAppointment', first, { expectedVersion: 1 })).toBe('STALE_VERSION');
  });

  test('keeps its reason sealed: the two of them read it, nobody else, and it stands nowhere in the clear', async () => {
    const secret = 'a lump behind the ear';
    const one = await book({ reasonForVisit: secret });
    expect(one.reason).toBeNull();
    await world.act(host, 'addParticipant', { roomId: one.roomId, userId: eve.id, role: 'OBSERVER' });
    const query = 'query ($id: ID!) { appointment(id: $id) { reason } }';
    const read = async (person: Person) =>
      (await world.as(person).get<{ appointment: Appointment }>(query, { id: one.id })).appointment.reason;
    expect([await read(doctor), await read(patient), await read(eve)]).toEqual([secret, secret, null]);
    const moved = await step(doctor, 'rescheduleAppointment', one, timeIn(2 * DAY_MS));
    expect(moved.reason).toBe(secret);
    const tables = await world.sql<{ text: string }>(
      `select (select json_agg(a)::text from appointments a) || (select json_agg(m)::text from messages m)
        || (select json_agg(t)::text from transitions t) || coalesce((select json_agg(j)::text from graphile_worker._private_jobs j), '') as text`,
    );
    expect(tables[0]!.text).toContain(one.id);
    expect(tables[0]!.text).not.toContain(secret);
    const sealed = await world.sql<{ reason_sealed: string }>('select reason_sealed from appointments where practitioner_id = $1', [
      doctor.id,
    ]);
    expect(new Set(sealed.map((row) => row.reason_sealed)).size).toBe(2);
  });

  test('moves to another time as a new one: booked again by the practitioner, asked for by the patient', async () => {
    const one = await book();
    const second = await step(doctor, 'rescheduleAppointment', one, { ...timeIn(2 * DAY_MS), idempotencyKey: 'k' });
    expect(second).toMatchObject({ status: 'BOOKED', rescheduledFromId: one.id, roomId: one.roomId });
    expect(await roomStatus(one.roomId)).toBe('OPEN');
    const third = await step(patient, 'rescheduleAppointment', second, timeIn(3 * DAY_MS));
    expect(third).toMatchObject({ status: 'PENDING', rescheduledFromId: second.id });
    expect(await roomStatus(one.roomId)).toBe('CLOSED');
    const query = `query ($id: ID!) { appointment(id: $id) { ${FIELDS} } }`;
    const { appointment } = await world.as(doctor).get<{ appointment: Appointment }>(query, { id: second.id });
    expect(appointment).toMatchObject({ status: 'CANCELLED', rescheduledTo: { id: third.id } });
    expect(await refused(doctor, 'rescheduleAppointment', third, { startAt: timeIn(DAY_MS).endAt, endAt: timeIn(DAY_MS).startAt })).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('waits on the list until a time is offered', async () => {
    const one = await world.do<Appointment>(patient, 'waitForAppointment', { practitionerId: doctor.id }, FIELDS);
    expect(one.status).toBe('WAITLIST');
    expect(await step(doctor, 'offerAppointment', one, timeIn(DAY_MS))).toMatchObject({ status: 'PROPOSED' });
    expect(await step(patient, 'acceptAppointment', one)).toMatchObject({ status: 'BOOKED' });
  });

  test('to which nobody came is missed: by the practitioner once it has begun, else by itself a day after its end', async () => {
    const [first, second] = [await book(), await book(timeIn(2 * DAY_MS))];
    expect(await refused(doctor, 'missAppointment', first)).toBe('CONFLICT');
    await world.setTime(new Date(Date.now() + DAY_MS + HOUR_MS / 4));
    expect(await step(doctor, 'missAppointment', first)).toMatchObject({ status: 'NOSHOW' });
    expect(await roomStatus(first.roomId)).toBe('OPEN');
    await world.setTime(new Date(Date.now() + 3 * DAY_MS + HOUR_MS));
    const rows = await world.sql('select status from appointments where id = $1', [second.id]);
    expect(rows).toEqual([{ status: 'NOSHOW' }]);
    expect(await roomStatus(first.roomId)).toBe('CLOSED');
  });

  test('of the host moves on its word only', async () => {
    const one = await book({ authority: 'HOST', externalRef: `ehr-${doctor.id}` });
    expect(await step(patient, 'cancelAppointment', one, { reason: 'ill' })).toMatchObject({ status: 'BOOKED' });
    expect(await step(host, 'cancelAppointment', one)).toMatchObject({ status: 'CANCELLED' });
    expect(await world.refusal(doctor, 'proposeAppointment', { patientId: patient.id, ...timeIn(0), authority: 'HOST' })).toBe('FORBIDDEN');
  });

  test('tells its steps without a word of what is medical, one message for each', async () => {
    const one = await propose({ reasonForVisit: 'a cough' });
    await step(patient, 'acceptAppointment', one);
    await visit(one);
    const { room } = await world
      .as(patient)
      .get<{ room: { messages: { nodes: (Message & { transition: { event: string } })[] } } }>(
        'query ($id: ID!) { room(id: $id) { messages { nodes { kind content metadata transition { event } } } } }',
        { id: one.roomId },
      );
    const said = room.messages.nodes.filter(({ kind }) => kind === 'APPOINTMENT');
    expect(said.map(({ transition }) => transition.event)).toEqual(['propose', 'accept', 'arrive', 'check_in', 'fulfill']);
    expect(said.map(({ content }) => content)).toEqual([
      'doctor proposed an appointment',
      'patient accepted the appointment',
      'The patient has arrived',
      'The patient is checked in',
      'The appointment has taken place',
    ]);
    expect(Object.keys(said[1]!['metadata'] as object)).not.toContain('reasonForVisit');
  });

  test('does not bring people together again where one is blocked', async () => {
    const one = await book();
    await world.act(host, 'blockParticipant', { roomId: one.roomId, userId: doctor.id });
    expect(await world.refusal(doctor, 'proposeAppointment', { patientId: patient.id, ...timeIn(DAY_MS) })).toBe('NOT_FOUND');
    expect(await world.refusal(patient, 'requestAppointment', { practitionerId: doctor.id, ...timeIn(DAY_MS) })).toBe('CONFLICT');
    expect([await contactsOf(doctor), await contactsOf(patient)]).toEqual([[], []]);
  });
});

describe('contacts', () => {
  test('are the two of an appointment that was accepted, for each other, with their room', async () => {
    const one = await propose();
    expect([await contactsOf(doctor), await contactsOf(patient)]).toEqual([[], []]);
    await step(patient, 'acceptAppointment', one);
    const found = { roomId: one.roomId, lastAppointment: { id: one.id } };
    expect(await contactsOf(doctor)).toEqual([{ user: { id: patient.id }, ...found }]);
    expect(await contactsOf(patient)).toEqual([{ user: { id: doctor.id }, ...found }]);
    expect(await contactsOf(eve)).toEqual([]);
    await step(doctor, 'cancelAppointment', one);
    expect([await contactsOf(doctor), await contactsOf(patient)]).toEqual([[], []]);
  });

  test.each(['BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED', 'CANCELLED', 'NOSHOW', 'ENTERED_IN_ERROR'])(
    '%s: only of what counts',
    async (status) => {
      const one = await book(timeIn(-HOUR_MS));
      const way: Record<string, string[]> = {
        ARRIVED: ['arriveAtAppointment'],
        CHECKED_IN: ['arriveAtAppointment', 'checkInAppointment'],
        FULFILLED: ['arriveAtAppointment', 'checkInAppointment', 'fulfillAppointment'],
        CANCELLED: ['cancelAppointment'],
        NOSHOW: ['missAppointment'],
        ENTERED_IN_ERROR: ['enterAppointmentInError'],
      };
      for (const mutation of way[status] ?? []) await step(host, mutation, one, { reason: 'because' });
      const counts = ['BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED'].includes(status);
      expect((await contactsOf(patient)).map(({ user }) => user.id)).toEqual(counts ? [doctor.id] : []);
      expect(await roomStatus(one.roomId)).toBe(counts ? 'OPEN' : 'CLOSED');
      expect(await speaks(patient, one)).toBe(counts ? 'OK' : 'ROOM_CLOSED');
    },
  );

  test('end 30 days after the visit, and the room says so; a new booking opens it again', async () => {
    const one = await book();
    await visit(one);
    await world.setTime(new Date(Date.now() + 30 * DAY_MS - HOUR_MS));
    expect(await roomStatus(one.roomId)).toBe('OPEN');
    await world.setTime(new Date(Date.now() + 30 * DAY_MS + HOUR_MS));
    expect(await roomStatus(one.roomId)).toBe('CLOSED');
    expect(await contactsOf(doctor)).toEqual([]);
    const notices = await world.sql(
      `select metadata->>'event' as event, metadata->>'reason' as reason from messages where room_id = $1 order by sequence desc limit 1`,
      [one.roomId],
    );
    expect(notices).toEqual([{ event: 'room.closed', reason: 'the last appointment is too long ago' }]);
    await book(timeIn(60 * DAY_MS));
    expect(await roomStatus(one.roomId)).toBe('OPEN');
    expect(await contactsOf(doctor)).toHaveLength(1);
  });

  test('are as many as count, page by page, each once; without who was deactivated; with no room where one has left it', async () => {
    const { ann, bob, cid } = await world.people('ann', 'bob', 'cid');
    for (const [at, person] of [ann, bob, cid].entries()) {
      await book({ patientId: person.id, ...timeIn((at + 1) * DAY_MS) });
      await book({ patientId: person.id, ...timeIn((at + 5) * DAY_MS) });
    }
    await world.act(host, 'deactivateUser', { userId: bob.id });
    const first = (await world.as(doctor).get<Contacts>(CONTACTS, { first: 1 })).availableContacts;
    expect(first).toMatchObject({ nodes: [{ user: { id: cid.id } }], pageInfo: { hasNextPage: true } });
    const rest = (await world.as(doctor).get<Contacts>(CONTACTS, { first: 5, after: first.pageInfo.endCursor })).availableContacts;
    expect(rest).toMatchObject({ nodes: [{ user: { id: ann.id } }], pageInfo: { hasNextPage: false } });
    await world.act(doctor, 'leaveRoom', { roomId: rest.nodes[0]!.roomId! });
    expect((await contactsOf(doctor)).at(-1)).toEqual({ user: { id: ann.id }, roomId: null, lastAppointment: null });
  });

  test('may open a direct room, and nobody else may where the server asks for a contact', async () => {
    const direct = (person: Person, other: string) => world.refusal(person, 'openDirectRoom', { userId: other });
    expect(await direct(patient, doctor.id)).toBe('FORBIDDEN');
    expect(await direct(patient, '019a0000-0000-7000-8000-000000000000')).toBe('FORBIDDEN');
    expect(await direct(host, doctor.id)).toBe('OK');
    const one = await book();
    expect([await direct(patient, doctor.id), await direct(doctor, patient.id), await direct(eve, doctor.id)]).toEqual([
      'OK',
      'OK',
      'FORBIDDEN',
    ]);
    await step(doctor, 'cancelAppointment', one);
    expect(await direct(patient, doctor.id)).toBe('FORBIDDEN');
  });

  test('are whom people put into groups of their own, which a direct room would be by another name', async () => {
    const group = (...others: Person[]) => ({ participants: others.map(({ id }) => ({ userId: id, role: 'CLIENT' })) });
    expect(await world.refusal(patient, 'createRoom', group(doctor))).toBe('FORBIDDEN');
    const { id: roomId } = await world.do<{ id: string }>(patient, 'createRoom', group(), 'id');
    const add = (person: Person, { id }: Person) => world.refusal(person, 'addParticipant', { roomId, userId: id, role: 'CLIENT' });
    expect(await add(patient, doctor)).toBe('FORBIDDEN');
    await book();
    expect([await add(patient, doctor), await add(patient, eve), await add(host, eve)]).toEqual(['OK', 'FORBIDDEN', 'OK']);
    expect(await world.refusal(patient, 'createRoom', group(doctor))).toBe('OK');
    expect(await world.refusal(patient, 'createRoom', group(doctor, eve))).toBe('FORBIDDEN');
  });
});
