import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DAY_MS, timeIn } from './support/appointments.js';
import { type Person, World } from './support/world.js';

const HOUR_MS = 60 * 60_000;

let world: World;
let host: Person, doctor: Person, patient: Person;

beforeAll(async () => {
  world = await World.start({ APPOINTMENT_NOTICE_HOURS: '24' });
  host = await world.person('Host', 'SERVICE');
  ({ doctor, patient } = await world.people('doctor', 'patient'));
});

afterAll(() => world.stop());

const book = (inMs: number) =>
  world.do<{ id: string; startAt: string; cancelUntil: string }>(
    host,
    'bookAppointment',
    { practitionerId: doctor.id, patientId: patient.id, ...timeIn(inMs) },
    'id startAt cancelUntil',
  );
const cancel = (who: Person, { id }: { id: string }) => world.refusal(who, 'cancelAppointment', { appointmentId: id });

test('patients cancel and move a booked appointment up to the notice period, and hear until when they could', async () => {
  const [far, near] = [await book(2 * DAY_MS), await book(DAY_MS - HOUR_MS)];
  expect(Date.parse(far.startAt) - Date.parse(far.cancelUntil)).toBe(DAY_MS);
  expect(await cancel(patient, far)).toBe('OK');
  const { errors } = await world
    .as(patient)
    .ask('mutation ($id: ID!) { cancelAppointment(input: { appointmentId: $id }) { id } }', { id: near.id });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', until: near.cancelUntil });
  expect(await world.refusal(patient, 'rescheduleAppointment', { appointmentId: near.id, ...timeIn(3 * DAY_MS) })).toBe('CONFLICT');
  const query = 'query ($id: ID!) { appointment(id: $id) { allowedTransitions { event } } }';
  expect(await world.as(patient).get(query, { id: near.id })).toEqual({ appointment: { allowedTransitions: [] } });
  expect(await cancel(doctor, near)).toBe('OK');
});

test('the host cancels at any time, and what is not agreed is nobody bound by', async () => {
  expect(await cancel(host, await book(HOUR_MS))).toBe('OK');
  const asked = await world.do<{ id: string }>(
    patient,
    'requestAppointment',
    { practitionerId: doctor.id, ...timeIn(HOUR_MS) },
    'id cancelUntil',
  );
  expect(asked).toMatchObject({ cancelUntil: null });
  expect(await cancel(patient, asked)).toBe('OK');
});
