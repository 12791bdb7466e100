import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aCast, type Cast, makeDisputes } from './support/disputes.js';
import { makeJobs, manyOffers } from './support/jobs.js';
import { makeDeliveries, makeOrders } from './support/orders.js';
import { aPayment, anEscrow, aRefund } from './support/payments.js';
import { askedDuring } from './support/statements.js';
import { type Person, World } from './support/world.js';

let world: World;
let cast: Cast;
let other: Person;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  cast = await aCast(world);
  other = await world.person('other');
});

afterAll(() => world.stop());

const STEPS = 'transitions { event actor { displayName } } pendingRequests { event actor { displayName } }';
/** What a front end shows of a thing in a list. */
const SUBJECT = `id status version allowedTransitions { event } ${STEPS} room { title viewer { unreadCount can } }`;

/** Makes so many things that this person sees, and says how they ask for them. */
type Listing = (viewer: Person, count: number) => Promise<string>;

const LISTS: [string, Listing][] = [
  [
    'orders with their deliveries',
    async (viewer, count) => {
      await makeDeliveries(world, { CUSTOMER: viewer, RIDER: other }, 'ASSIGNED', 'READY', count);
      return `{ orders(first: 50) { nodes { ${SUBJECT} customer { displayName } items { name } deliveries { id status rider { displayName } allowedTransitions { event } ${STEPS} } } } }`;
    },
  ],
  [
    'the timeline of an order',
    async (viewer, count) => {
      const [order] = await makeOrders(world, { CUSTOMER: viewer, PHARMACY_STAFF: other }, 'READY', 1);
      const room = { id: order!.roomId, code: '' };
      for (let at = 0; at < count; at++) await world.send(room, at % 2 ? viewer : other, `${at}`);
      return `{ order(id: "${order!.id}") { ${SUBJECT} timeline(first: 50) { nodes { message { content status sender { displayName } } transition { event } } } } }`;
    },
  ],
  [
    'the payments of a room',
    async (viewer, count) => {
      const room = await world.room([
        [viewer, 'CUSTOMER'],
        [other, 'WORKER'],
      ]);
      for (let at = 0; at < count; at++) {
        const payment = await aPayment(world, { room, payer: viewer, payee: other }, 'CAPTURED');
        await aRefund(world, payment, 'REQUESTED');
        await anEscrow(world, payment, 'HELD');
      }
      return `{ room(id: "${room.id}") { payments { ${SUBJECT} payer { displayName } clientSecret refunds { status allowedTransitions { event } } escrow { status } chargebacks { status } } } }`;
    },
  ],
  [
    'disputes with their offers and evidence',
    async (viewer, count) => {
      const people = { ...cast.people, OPENER: viewer };
      await makeDisputes(world, { ...cast, people }, 'NEGOTIATING', count);
      return `{ myDisputes(first: 50) { nodes { ${SUBJECT} openedBy { displayName } viewerState offers { status } evidence { id } } } }`;
    },
  ],
  [
    'jobs',
    async (viewer, count) => {
      await makeJobs(world, { poster: viewer, worker: other, others: {} }, 'ASSIGNED', count);
      return `{ myJobs(first: 50) { nodes { ${SUBJECT} poster { displayName } worker { displayName } contact { address } payments { status } } } }`;
    },
  ],
  [
    'the offers for a job',
    async (viewer, count) => {
      const [job] = await makeJobs(world, { poster: viewer, worker: other, others: {} }, 'OPEN', 1);
      await manyOffers(world, { job: job!.id, poster: viewer.id }, count);
      return `{ job(id: "${job!.id}") { offers(first: 50) { nodes { ${SUBJECT} worker { displayName } job { title } } } } }`;
    },
  ],
];

const TABLES = ['orders', 'deliveries', 'payments', 'refunds', 'disputes', 'jobs', 'job_offers'];

/** How many statements it costs somebody who asks for the first time. */
async function costOf(list: Listing, count: number): Promise<string[]> {
  const viewer = await world.person('viewer');
  const document = await list(viewer, count);
  for (const table of TABLES) await world.sql(`update ${table} set authority = 'HOST'`);
  return askedDuring(() => world.as(viewer).get(document));
}

/** A level of the answer more or less, as what is loaded meets in one moment or in two; far from one for each thing. */
const SLACK = 5;

const often = (statements: string[]) => [...Map.groupBy(statements, (text) => text)].filter(([, { length }]) => length > SLACK);

test.each(LISTS)('%s cost the same however many they are', async (_, list) => {
  const [few, many] = [await costOf(list, 3), await costOf(list, 50)];
  expect(often(many)).toEqual([]);
  expect(many.length).toBeLessThanOrEqual(few.length + SLACK);
});
