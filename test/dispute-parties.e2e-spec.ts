import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { JOB } from './support/jobs.js';
import { type Person, type Room, World } from './support/world.js';

interface Thing {
  id: string;
  room: Room;
}

let world: World;
let ana: Person, ben: Person, cleo: Person, dan: Person, host: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, cleo, dan } = await world.people('ana', 'ben', 'cleo', 'dan'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  room = await world.room([
    [ana, 'CUSTOMER'],
    [cleo, 'CUSTOMER'],
    [ben, 'WORKER'],
    [dan, 'WORKER'],
  ]);
});

const claim = (about: object, against: Person) => ({ reason: 'QUALITY', desired: 'REDO', against: against.id, ...about });
const open = (person: Person, about: object, against: Person) => world.refusal(person, 'openDispute', claim(about, against));

/** Who has nothing to do with a thing can neither open a dispute about it nor be its other side, so it is still there for its two people. */
async function expectOnly(customer: Person, provider: Person, others: { customer: Person; provider: Person }, about: object) {
  expect(await open(others.customer, about, others.provider)).toBe('FORBIDDEN');
  expect(await open(others.provider, about, others.customer)).toBe('FORBIDDEN');
  expect(await open(customer, about, others.customer)).toBe('BAD_USER_INPUT');
  expect(await open(customer, about, provider)).toBe('OK');
}

/** Everybody of whom it is not said, and who may speak. */
const BESIDE = ['RIDER', 'PHARMACY_STAFF', 'FACILITY_STAFF', 'SUPPORT_STAFF', 'MEDIATOR', 'ADMIN'];

describe('who is neither customer nor provider there', () => {
  const withRole = (role: string) =>
    world.room([
      [ana, 'CUSTOMER'],
      [ben, 'WORKER'],
      [dan, role],
    ]);
  const paymentOf = async (payer: Person, payee: Person) => {
    const plan = { roomId: room.id, payeeId: payee.id, amountMinor: 1_000, currency: 'EUR' };
    const { id } = await world.do<Thing>(payer, 'initiatePayment', plan, 'id');
    return { roomId: room.id, contextKind: 'PAYMENT', contextId: id };
  };

  test.each(BESIDE)('%s disputes a payment of their own, paid or received, and of nobody else', async (role) => {
    room = await withRole(role);
    expect(await open(dan, await paymentOf(dan, ana), ana)).toBe('OK');
    expect(await open(dan, await paymentOf(ana, dan), ana)).toBe('OK');
    expect(await open(dan, await paymentOf(ana, ben), ben)).toBe('FORBIDDEN');
  });

  test.each([...BESIDE, 'OBSERVER'])('%s disputes nothing else of the room: neither it, nor an order of it', async (role) => {
    const order = { customerId: ana.id, items: [{ name: 'Soap' }], totalMinor: 1_000, currency: 'EUR', number: randomUUID() };
    const placed = await world.do<Thing>(host, 'placeOrder', order, 'id room { id code }');
    await world.act(host, 'addParticipant', { roomId: placed.room.id, userId: dan.id, role });
    expect(await open(dan, { roomId: placed.room.id, contextKind: 'ORDER', contextId: placed.id }, ana)).toBe('FORBIDDEN');
    expect(await open(dan, { roomId: placed.room.id }, ana)).toBe('FORBIDDEN');
  });

  test('OBSERVER disputes not even what they were paid', async () => {
    room = await withRole('OBSERVER');
    expect(await open(dan, await paymentOf(ana, dan), ana)).toBe('FORBIDDEN');
    const about = await paymentOf(ana, dan);
    expect(await open(ana, about, dan)).toBe('OK');
  });
});

describe('a dispute is only between the two sides', () => {
  test('of a payment: who pays and who is paid', async () => {
    const plan = { roomId: room.id, payeeId: ben.id, amountMinor: 1_000, currency: 'EUR' };
    const { id } = await world.do<Thing>(ana, 'initiatePayment', plan, 'id');
    await expectOnly(ana, ben, { customer: cleo, provider: dan }, { roomId: room.id, contextKind: 'PAYMENT', contextId: id });
  });

  test('of an order: its customer and who sells it, whoever else is a customer in its room', async () => {
    const order = { customerId: ana.id, items: [{ name: 'Soap' }], totalMinor: 1_000, currency: 'EUR', number: room.code };
    const placed = await world.do<Thing>(host, 'placeOrder', order, 'id room { id code }');
    for (const [person, role] of [[ben, 'PHARMACY_STAFF'] as const, [dan, 'WORKER'] as const, [cleo, 'CUSTOMER'] as const]) {
      await world.act(host, 'addParticipant', { roomId: placed.room.id, userId: person.id, role });
    }
    const about = { roomId: placed.room.id, contextKind: 'ORDER', contextId: placed.id };
    expect(await open(cleo, about, ben)).toBe('FORBIDDEN');
    expect(await open(dan, about, cleo)).toBe('BAD_USER_INPUT');
    expect(await open(ana, about, cleo)).toBe('BAD_USER_INPUT');
    expect(await open(ana, about, ben)).toBe('OK');
  });

  test('of a job: who posted it and who has it', async () => {
    const job = await world.do<Thing>(ana, 'createJob', JOB, 'id room { id code }');
    await world.act(ana, 'publishJob', { jobId: job.id });
    const offer = await world.do<Thing>(ben, 'makeJobOffer', { jobId: job.id, amountMinor: 100 }, 'id');
    await world.act(ana, 'acceptJobOffer', { offerId: offer.id });
    for (const [person, role] of [[cleo, 'CLIENT'] as const, [dan, 'WORKER'] as const]) {
      await world.act(host, 'addParticipant', { roomId: job.room.id, userId: person.id, role });
    }
    const about = { roomId: job.room.id, contextKind: 'JOB', contextId: job.id };
    await expectOnly(ana, ben, { customer: cleo, provider: dan }, about);
  });

  test('of a room: a customer and a provider, and not two of a kind', async () => {
    const about = { roomId: room.id };
    expect(await open(ana, about, cleo)).toBe('BAD_USER_INPUT');
    expect(await open(ben, about, dan)).toBe('BAD_USER_INPUT');
    expect(await open(ben, about, ana)).toBe('OK');
  });

  test('also where the host opens it for one of them', async () => {
    const plan = { roomId: room.id, payerId: ana.id, payeeId: ben.id, amountMinor: 1_000, currency: 'EUR' };
    const { id } = await world.do<Thing>(host, 'createPayment', { ...plan, externalRef: randomUUID() }, 'id');
    const about = { roomId: room.id, contextKind: 'PAYMENT', contextId: id };
    const create = (openedBy: Person, against: Person) =>
      world.refusal(host, 'createDispute', { ...claim(about, against), openedBy: openedBy.id, externalRef: randomUUID() });
    expect(await create(cleo, ben)).toBe('FORBIDDEN');
    expect(await create(ana, dan)).toBe('BAD_USER_INPUT');
    expect(await create(ana, ben)).toBe('OK');
  });
});
