import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aStudyUid } from './support/facilities.js';
import { anEndpoint } from './support/hooks.js';
import { aSender, type Sender, tell, untilMerged } from './support/inbound.js';
import { JOB } from './support/jobs.js';
import { DETAILS } from './support/orders.js';
import { Receiver } from './support/receiver.js';
import { type Person, World } from './support/world.js';

let world: World;
let ana: Person, pia: Person, tom: Person;
let host: Sender;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  ({ ana, pia, tom } = await world.people('ana', 'pia', 'tom'));
  const service = await world.person('host', 'SERVICE');
  const { id: facilityId } = await world.do<{ id: string }>(service, 'createFacility', { name: 'The clinic', externalRef: 'clinic' }, 'id');
  await world.act(service, 'addFacilityMember', { facilityId, userId: tom.id, role: 'TECHNICIAN' });
  host = await aSender(world, service);
  receiver = await Receiver.start();
  await anEndpoint(world, service, { url: receiver.url });
});

afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

type Told = [type: string, data?: object];
interface Case {
  /** What the host has told before: the last of it is what somebody wants to move. */
  told: (ref: string) => Told[];
  table: string;
  who: () => Person;
  mutation: string;
  input: (id: string) => Record<string, unknown>;
  event: string;
  ends: [before: string, after: string];
}

const authority = 'HOST';
const place = (): Told => ['order.place', { customer: { id: ana.id }, staff: [{ id: pia.id }], ...DETAILS, authority }];
const between = (order: string) => ({ order: { externalRef: order }, amountMinor: 900, currency: 'EUR', authority });
const day = { startAt: '2099-03-01T10:00:00Z', endAt: '2099-03-01T10:30:00Z' };
const create = (): Told => ['job.create', { poster: { id: ana.id }, ...JOB, authority }];

test.each<[string, Case]>([
  [
    'order',
    {
      told: () => [place()],
      ...{ table: 'orders', who: () => ana, mutation: 'updateOrderStatus', event: 'cancel', ends: ['PLACED', 'CANCELED'] },
      input: (orderId) => ({ orderId, event: 'cancel' }),
    },
  ],
  [
    'payment',
    {
      told: (ref) => [place(), ['payment.initiate', { ...between(ref), payer: { id: ana.id }, payee: { id: pia.id } }]],
      ...{ table: 'payments', who: () => ana, mutation: 'cancelPayment', event: 'cancel', ends: ['INITIATED', 'CANCELED'] },
      input: (paymentId) => ({ paymentId }),
    },
  ],
  [
    'dispute',
    {
      told: (ref) => [
        place(),
        ['dispute.open', { ...between(ref), openedBy: { id: ana.id }, against: { id: pia.id }, reason: 'LATE', desired: 'REFUND' }],
      ],
      ...{ table: 'disputes', who: () => ana, mutation: 'withdrawDispute', event: 'withdraw', ends: ['OPENED', 'WITHDRAWN'] },
      input: (disputeId) => ({ disputeId }),
    },
  ],
  [
    'job',
    {
      told: () => [create()],
      ...{ table: 'jobs', who: () => ana, mutation: 'publishJob', event: 'publish', ends: ['DRAFT', 'OPEN'] },
      input: (jobId) => ({ jobId }),
    },
  ],
  [
    'job_offer',
    {
      told: (ref) => [
        create(),
        ['job.publish'],
        ['job_offer.make', { job: { externalRef: ref }, worker: { id: pia.id }, amountMinor: 11_000 }],
      ],
      ...{ table: 'job_offers', who: () => pia, mutation: 'withdrawJobOffer', event: 'withdraw', ends: ['OPEN', 'WITHDRAWN'] },
      input: (offerId) => ({ offerId }),
    },
  ],
  [
    'appointment',
    {
      told: () => [['appointment.book', { practitioner: { id: pia.id }, patient: { id: ana.id }, ...day, authority }]],
      ...{ table: 'appointments', who: () => ana, mutation: 'cancelAppointment', event: 'cancel', ends: ['BOOKED', 'CANCELLED'] },
      input: (appointmentId) => ({ appointmentId }),
    },
  ],
  [
    'study',
    {
      told: () => [['study.upload', { facility: { externalRef: 'clinic' }, studyUid: aStudyUid(), authority }]],
      ...{ table: 'studies', who: () => tom, mutation: 'updateStudyStatus', event: 'receive', ends: ['UPLOADING', 'RECEIVED'] },
      input: (studyId) => ({ studyId, event: 'receive' }),
    },
  ],
])('what somebody asks of the %s of a host reaches it, and its event carries it out', async (kind, asked) => {
  const externalRef = randomUUID();
  for (const [type, data] of asked.told(externalRef)) {
    expect(await tell(world, host, { type, data: { externalRef, ...data } })).toBe(202);
    await untilMerged(world);
  }
  const find = async () =>
    (await world.sql<{ id: string; status: string }>(`select id, status from ${asked.table} where external_ref = $1`, [externalRef]))[0]!;
  const { id } = await find();
  const before = await world.do(asked.who(), asked.mutation, asked.input(id), 'status pendingRequests { event }');
  expect(before).toEqual({ status: asked.ends[0], pendingRequests: [{ event: asked.event }] });

  const hit = await receiver.hit(
    ({ event }) => event.type === 'transition.requested' && (event.data['notice'] as { aggregateId: string }).aggregateId === id,
  );
  const notice = hit.event.data['notice'] as { aggregate: string; aggregateId: string; requested: string };
  expect(notice).toMatchObject({ aggregate: kind, requested: asked.event });
  // The host knows it by what it was sent.
  expect(await tell(world, host, { type: `${notice.aggregate}.${notice.requested}`, data: { id: notice.aggregateId } })).toBe(202);
  await untilMerged(world);
  expect((await find()).status).toBe(asked.ends[1]);
  expect(await world.sql('select status from step_requests where aggregate_id = $1', [id])).toEqual([{ status: 'CARRIED_OUT' }]);
  await receiver.hit(
    ({ event }) =>
      event.type === `${kind === 'job_offer' ? 'offer' : kind}.${asked.event}` &&
      (event.data['transition'] as { aggregateId: string } | undefined)?.aggregateId === id,
  );
});
