import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aSender, post, type Sender, signed } from './support/inbound.js';
import { expectOneEnd, LONG, type Story } from './support/inbound-stories.js';
import { type Person, World } from './support/world.js';

const PAIRS = 12;

let world: World;
let dora: Person;
/** One pair has one room for all their appointments, and one of them at a time is merged there. */
let patients: Person[];
let clinic: Sender;

beforeAll(async () => {
  world = await World.start({}, 2);
  dora = await world.person('dora');
  patients = await Promise.all(Array.from({ length: PAIRS }, () => world.person('ana')));
  clinic = await aSender(world, await world.person('boss', 'ADMIN'));
});

afterAll(() => world.stop());

const at = (hour: number) => ({ startAt: `2099-03-01T${hour}:00:00Z`, endAt: `2099-03-01T${hour}:30:00Z` });
let planned = 0;
const plan = () => {
  const { externalId } = patients[planned++ % PAIRS]!;
  return { practitioner: { id: dora.id }, patient: { externalId }, mode: 'VIDEO', ...at(10) };
};

const VISIT: Story = () => [
  ['appointment.request', plan()],
  ['appointment.accept'],
  ['appointment.arrive'],
  ['appointment.check_in'],
  ['appointment.fulfill'],
];
const CALLED_OFF: Story = () => [
  ['appointment.wait', plan()],
  ['appointment.offer', at(11)],
  ['appointment.accept'],
  ['appointment.cancel'],
];
const MOVED: Story = (ref) => [
  ['appointment.book', plan()],
  ['appointment.reschedule', { ...at(12), newExternalRef: `${ref}-2` }],
  ['appointment.arrive', { externalRef: `${ref}-2` }],
  ['appointment.check_in', { externalRef: `${ref}-2` }],
];

const state = `
select left(a.external_ref, 36) as ref, a.status, a.host_version as version, extract(hour from a.start_at at time zone 'UTC')::int as hour, r.status as room
from appointments a join rooms r on r.id = a.room_id where left(a.external_ref, 36) = any($1) order by a.external_ref`;
const visited = { status: 'FULFILLED', hour: 10, room: 'OPEN' };
const moved = [
  { status: 'CANCELLED', version: 2, hour: 10, room: 'OPEN' },
  { status: 'CHECKED_IN', version: 2, hour: 12, room: 'OPEN' },
];

test.each([
  ['a visit', { story: VISIT, hasVersions: false, end: [{ ...visited, version: null }], steps: 5 }],
  ['a visit with versions', { story: VISIT, first: 1, hasVersions: true, end: [{ ...visited, version: 5 }], steps: 5 }],
  ['an appointment that was moved', { story: MOVED, hasVersions: true, end: moved, steps: 5 }],
])(
  'the events of %s lead to one end in every order, and however often',
  (_what, telling) => expectOneEnd(world, clinic, { ...telling, state }),
  LONG,
);

test(
  'an appointment that was called off is off, whatever came before the word of it',
  () =>
    expectOneEnd(world, clinic, {
      story: CALLED_OFF,
      hasVersions: false,
      state: 'select external_ref as ref, status from appointments where external_ref = any($1)',
      end: [{ status: 'CANCELLED' }],
      steps: null,
    }),
  LONG,
);

test.each([
  ['why somebody comes', { reasonForVisit: 'A rash' }, 'data.reasonForVisit'],
  ['an end before the beginning', { endAt: '2099-03-01T09:00:00Z' }, 'data.endAt'],
  ['no time', { startAt: null }, 'data.startAt'],
])('%s is refused at the door, and not kept', async (_what, wrong, field) => {
  const body = JSON.stringify({
    type: 'appointment.book',
    timestamp: new Date().toISOString(),
    data: { externalRef: 'refused', ...plan(), ...wrong },
  });
  const { status, answer } = await post(world, clinic, signed(clinic.secret, `wrong-${field}`, body), body);
  expect(status).toBe(400);
  expect(answer).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field } }] });
  expect(await world.sql(`select id from inbound_events where object_ref = 'refused'`)).toEqual([]);
});
