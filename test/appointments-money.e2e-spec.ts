import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HOUR_MS, timeIn } from './support/appointments.js';
import { moved } from './support/disputed-money.js';
import { type Payment, Till } from './support/money.js';
import { type Person, type Room, World } from './support/world.js';

interface Appointment {
  id: string;
  room: Room;
}

let world: World;
let host: Person, doctor: Person, patient: Person;
let appointment: Appointment;
let till: Till;

const FIELDS = 'id status room { id code }';

beforeAll(async () => {
  world = await World.start();
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

/** A visit that the host has booked, and that has just begun. It is an hour ahead, so that by the time of day itself no bell rings. */
beforeEach(async () => {
  await after(0);
  ({ doctor, patient } = await world.people('doctor', 'patient'));
  const input = { practitionerId: doctor.id, patientId: patient.id, ...timeIn(HOUR_MS / 2) };
  appointment = await world.do<Appointment>(host, 'bookAppointment', input, FIELDS);
  till = new Till(world, appointment.room, patient, doctor, doctor);
});

const step = (person: Person, mutation: string, more: object = {}) =>
  world.do<Appointment>(person, mutation, { appointmentId: appointment.id, ...more }, FIELDS);
const pay = (status: string, more: object = {}) => till.pay(status, { contextKind: 'APPOINTMENT', contextId: appointment.id, ...more });
const after = (ms: number) => world.setTime(new Date(Date.now() + HOUR_MS + ms));
const seen = async (payment: Payment) => moved(await till.see(payment));

const visit = async () => {
  for (const mutation of ['arriveAtAppointment', 'checkInAppointment', 'fulfillAppointment']) await step(doctor, mutation);
};
const cancel = () => step(patient, 'cancelAppointment');
const err = () => step(host, 'enterAppointmentInError', { reason: 'another patient' });
const miss = () => step(doctor, 'missAppointment');
const forget = () => after(26 * HOUR_MS);

const MANUAL = { captureMode: 'MANUAL' };
const ESCROW = { isEscrow: true };
const MINUTE_MS = 60_000;
const LATE = { method: 'bank_late' };

describe('what was paid for an appointment', () => {
  test('is taken, and released to the practitioner, when it has taken place', async () => {
    const authorised = await pay('AUTHORIZED', MANUAL);
    const held = await pay('CAPTURED', ESCROW);
    await visit();
    await till.until('payment', 'CAPTURED', authorised.id);
    expect(await seen(authorised)).toMatchObject({ status: 'CAPTURED', capturedMinor: 1_000, refundedMinor: 0 });
    expect(await seen(held)).toMatchObject({ status: 'CAPTURED', escrow: ['RELEASED', 1_000, 0] });
  });

  test('is released, too, where it was to be held and is only taken then', async () => {
    const payment = await pay('AUTHORIZED', { ...MANUAL, ...ESCROW });
    await visit();
    await till.until('escrow', 'RELEASED');
    expect(await seen(payment)).toMatchObject({ status: 'CAPTURED', escrow: ['RELEASED', 1_000, 0] });
  });

  test.each([
    ['was cancelled', cancel],
    ['was entered in error', err],
  ])('goes back when it %s, and what was not taken is not taken any more', async (_, ends) => {
    const [authorised, taken] = [await pay('AUTHORIZED', MANUAL), await pay('CAPTURED')];
    const held = await pay('CAPTURED', ESCROW);
    await ends();
    for (const { id } of [taken, held]) await till.until('payment', 'REFUNDED', id);
    expect(await seen(authorised)).toMatchObject({ status: 'CANCELED', capturedMinor: 0 });
    expect(await seen(taken)).toMatchObject({ status: 'REFUNDED', refundedMinor: 1_000 });
    expect(await seen(held)).toMatchObject({ status: 'REFUNDED', escrow: ['REFUNDED', 0, 1_000] });
  });

  test('goes back also after the visit, when that turns out to be an error', async () => {
    const payment = await pay('CAPTURED');
    await visit();
    expect(await seen(payment)).toMatchObject({ status: 'CAPTURED', refundedMinor: 0 });
    await err();
    await till.until('payment', 'REFUNDED', payment.id);
  });

  test.each([
    ['the practitioner says so', miss],
    ['nobody says that the patient came', forget],
  ])('stays where it is when nobody came because %s, and what was not taken is not taken any more', async (_, ends) => {
    const [authorised, held] = [await pay('AUTHORIZED', MANUAL), await pay('CAPTURED', ESCROW)];
    await ends();
    await till.until('payment', 'CANCELED', authorised.id);
    expect(await seen(held)).toEqual({
      ...{ status: 'CAPTURED', isOnHold: false, capturedMinor: 1_000, refundedMinor: 0, escrow: ['HELD', 0, 0] },
    });
  });

  test('is paid for the one at another time when it is moved, and goes back with that', async () => {
    const payment = await pay('CAPTURED');
    const next = await step(doctor, 'rescheduleAppointment', timeIn(3 * HOUR_MS));
    expect(await seen(payment)).toMatchObject({ status: 'CAPTURED', refundedMinor: 0 });
    const query = 'query ($id: ID!) { appointment(id: $id) { payments { id } } }';
    const paidFor = async (id: string) => (await world.as(patient).get<{ appointment: object }>(query, { id })).appointment;
    expect(await paidFor(next.id)).toEqual({ payments: [{ id: payment.id }] });
    expect(await paidFor(appointment.id)).toEqual({ payments: [] });
    await world.act(patient, 'cancelAppointment', { appointmentId: next.id });
    await till.until('payment', 'REFUNDED', payment.id);
  });

  test.each<[string, () => Promise<unknown>, object, string]>([
    ['goes back from one that was cancelled', cancel, {}, 'REFUNDED'],
    ['is called off with one that was cancelled', cancel, MANUAL, 'CANCELED'],
    ['is taken for one that has taken place', visit, MANUAL, 'CAPTURED'],
    ['is called off with one to which nobody came', miss, MANUAL, 'CANCELED'],
  ])('and comes in only afterwards %s', async (_, ends, more, status) => {
    const payment = await pay('PROCESSING', { ...LATE, ...more });
    await ends();
    expect((await till.see(payment)).status).toBe('PROCESSING');
    await after(MINUTE_MS);
    await till.until('payment', status, payment.id);
  });

  test('stays where it is while a dispute holds it, and follows the appointment afterwards', async () => {
    const payment = await pay('AUTHORIZED', MANUAL);
    const claim = { roomId: appointment.room.id, contextKind: 'APPOINTMENT', contextId: appointment.id, against: doctor.id };
    const dispute = { ...claim, reason: 'QUALITY', desired: 'REFUND', amountMinor: 500, currency: 'EUR' };
    const { id: disputeId } = await world.do<{ id: string }>(patient, 'openDispute', dispute, 'id');
    await visit();
    expect(await seen(payment)).toMatchObject({ status: 'AUTHORIZED', isOnHold: true });
    await world.act(patient, 'withdrawDispute', { disputeId });
    await till.until('payment', 'CAPTURED', payment.id);
  });
});
