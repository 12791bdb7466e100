import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isLeafType } from 'graphql';
import { Attempts } from '../src/sessions/attempts.js';
import { aStudyIn } from './support/facilities.js';
import { apiFields } from './support/fields.js';
import { type Place, placesOf, withValue } from './support/hostile-strings.js';
import { newVapid } from './support/push-service.js';
import { makeDeliveries, makeOrders } from './support/orders.js';
import { inParallel, makeScenes, type Scene } from './support/room-operations.js';
import { nowhere, ROOT_FIELDS, type Things } from './support/root-fields.js';
import { type Person, World } from './support/world.js';

/** Where what a mutation was given can be read again: in its own answer, or in the messages of its room. */
const COMES_BACK: Record<string, { select?: string; isTrimmed?: boolean }> = {
  ...Object.fromEntries(
    ['bookAppointment', 'proposeAppointment', 'requestAppointment', 'waitForAppointment'].flatMap((name) => [
      [`${name}.input.externalRef`, { select: 'externalRef' }],
      [`${name}.input.reasonForVisit`, { select: 'reason', isTrimmed: true }],
    ]),
  ),
  'addReaction.input.emoji': { select: 'reactions { emoji }' },
  'confirmDelivery.input.proof.photoId': { select: 'proof { photoId }' },
  'confirmDelivery.input.proof.signatureId': { select: 'proof { signatureId }' },
  'createDelivery.input.dropoff.address': { select: 'dropoff { address }', isTrimmed: true },
  'createDelivery.input.dropoff.name': { select: 'dropoff { name }', isTrimmed: true },
  'createDelivery.input.dropoff.notes': { select: 'dropoff { notes }', isTrimmed: true },
  'createDelivery.input.dropoff.phone': { select: 'dropoff { phone }', isTrimmed: true },
  'createDelivery.input.externalRef': { select: 'externalRef' },
  'createDelivery.input.pickup.address': { select: 'pickup { address }', isTrimmed: true },
  'createDelivery.input.pickup.name': { select: 'pickup { name }', isTrimmed: true },
  'createDelivery.input.pickup.notes': { select: 'pickup { notes }', isTrimmed: true },
  'createDelivery.input.pickup.phone': { select: 'pickup { phone }', isTrimmed: true },
  'createDelivery.input.provider': { select: 'provider', isTrimmed: true },
  'createFacility.input.externalRef': { select: 'externalRef' },
  'createFacility.input.name': { select: 'name', isTrimmed: true },
  'createIntegration.input.name': { select: 'integration { name }', isTrimmed: true },
  'createJob.input.title': { select: 'title', isTrimmed: true },
  'createJob.input.description': { select: 'description', isTrimmed: true },
  'createJob.input.area': { select: 'area', isTrimmed: true },
  'createJob.input.externalRef': { select: 'externalRef' },
  'createRoom.input.title': { select: 'title', isTrimmed: true },
  'createWebhookEndpoint.input.description': { select: 'endpoint { description }', isTrimmed: true },
  'editMessage.input.content': { select: 'content', isTrimmed: true },
  'editMessage.input.metadata': { select: 'metadata' },
  'initiatePayment.input.method': { select: 'method' },
  'placeOrder.input.externalRef': { select: 'externalRef' },
  'placeOrder.input.items.0.name': { select: 'items { name }', isTrimmed: true },
  'placeOrder.input.items.0.sku': { select: 'items { sku }' },
  'placeOrder.input.number': { select: 'number', isTrimmed: true },
  'placeOrder.input.providerName': { select: 'providerName', isTrimmed: true },
  'placeOrder.input.providerOrgId': { select: 'providerOrgId' },
  'registerStudy.input.accession': { select: 'accession' },
  'registerStudy.input.externalRef': { select: 'externalRef' },
  'registerStudy.input.modality': { select: 'modality' },
  'registerStudy.input.patientRef': { select: 'patientRef' },
  'registerDevice.input.label': { select: 'label', isTrimmed: true },
  'registerUser.input.displayName': { select: 'displayName', isTrimmed: true },
  'registerUser.input.externalId': { select: 'externalId' },
  'sendMessage.input.clientId': { select: 'clientId' },
  'sendMessage.input.content': { select: 'content', isTrimmed: true },
  'sendMessage.input.metadata': { select: 'metadata' },
  'sendMessageTo.input.clientId': { select: 'clientId' },
  'sendMessageTo.input.content': { select: 'content', isTrimmed: true },
  'setAbsence.input.note': { select: 'note', isTrimmed: true },
  'updateFacility.input.name': { select: 'name', isTrimmed: true },
  'updateRoom.input.title': { select: 'title', isTrimmed: true },
};
/** Of a mutation, and never to be read: it is kept as a hash, or names what is taken away. */
const NEVER_TOLD = new Set([
  'registerUser.input.password',
  'removeReaction.input.emoji',
  'removeDevice.input.deviceId',
  'createJob.input.address',
  'createJob.input.phone',
]);
/** It stands in a SYSTEM message, or beside what a message said before. */
const isReason = (name: string) => name.endsWith('.input.reason');

/** Only the caller knows it. */
const isKey = (name: string) => name.endsWith('.input.idempotencyKey');
/** Mutations that need something of an order in a state of its own. */
const SUBJECTS: Record<string, (customer: Person) => Promise<Partial<Things>>> = {
  confirmDelivery: async (customer) => {
    const [delivery] = await makeDeliveries(world, { CUSTOMER: customer, RIDER: host }, 'ARRIVED_DROPOFF', 'OUT_FOR_DELIVERY', 1);
    return { delivery: delivery!.id };
  },
  createDelivery: async (customer) => {
    const [order] = await makeOrders(world, { CUSTOMER: customer }, 'PLACED', 1);
    return { order: order!.id };
  },
  registerStudy: () => hospital,
  sendMessageTo: () => hospital,
  updateFacility: () => hospital,
};

/** A step's reason stands in the room of its subject. */
async function roomOf(variables: Record<string, unknown>, scene: Scene): Promise<string> {
  const { deliveryId } = (variables['input'] ?? {}) as { deliveryId?: string };
  if (!deliveryId) return scene.roomId;
  const [delivery] = await world.sql<{ room_id: string }>('select room_id from deliveries where id = $1', [deliveryId]);
  return delivery!.room_id;
}

let world: World;
let host: Person;
let places: Place[];
let scenes: Scene[];
let hospital: Promise<{ facility: string; study: string }>;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0', ...newVapid() });
  world.nodes[0]!.app.get(Attempts).count = () => Promise.resolve();
  host = await world.person('host', 'SERVICE');
  const { active, muted, blocked, outsider } = await world.people('active', 'muted', 'blocked', 'outsider');
  const people = { subject: host.id, active: active.id, muted: muted.id, blocked: blocked.id, outsider: outsider.id };
  places = apiFields(world.nodes[0]!).flatMap(placesOf);
  const own = await world.room([[host, 'ADMIN']]);
  hospital = aStudyIn(world, own.id, 'North');
  const setting = { roomStatus: 'OPEN', subject: { role: 'ADMIN', status: 'ACTIVE' } };
  scenes = await makeScenes(
    world,
    people,
    setting,
    places.reduce((sum, { values }) => sum + values.length, 0),
  );
});

afterAll(() => world.stop());

const leavesOf = (value: unknown): unknown[] =>
  value !== null && typeof value === 'object' ? [value, ...Object.values(value).flatMap(leavesOf)] : [value];

/** One value in one place, in a room of its own; what is wrong with the answer, in words. */
async function tried({ field, name, path }: Place, what: string, value: unknown, scene: Scene, accepted: Set<string>): Promise<string[]> {
  const subjects = await SUBJECTS[field.name]?.({ ...host, id: scene.active });
  const things = { ...nowhere(), ...subjects, room: scene.roomId, code: scene.code, message: scene.ownMessage, person: scene.active };
  const variables = withValue(ROOT_FIELDS[field.name]!(things), path, value);
  const comesBack = COMES_BACK[name];
  const args = field.definition.args.filter((arg) => arg.name in variables);
  const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const selection = isLeafType(getNamedType(field.definition.type)) ? '' : `{ __typename ${comesBack?.select ?? ''} }`;
  const document = `${field.kind} (${declared}) { ${field.name}(${passed}) ${selection} }`;
  const complain = (why: string) => [`${name} given "${what}": ${why}`];
  if (field.kind === 'subscription') {
    // Nothing that a stream is asked for is a text of the caller's own, so none begins.
    const first = await world.as(host).subscribe(document, variables).next();
    return first === 'BAD_USER_INPUT' || first === 'NOT_FOUND' ? [] : complain(JSON.stringify(first));
  }
  const text = await world.as(host).askAsText(document, variables);
  const status = Number(text.slice(0, 3));
  const answer = JSON.parse(text.slice(4)) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  const code = answer.errors?.[0]?.extensions.code;
  if (status >= 500 || code === 'INTERNAL' || code === 'UNAVAILABLE') return complain(`${status} ${code}`);
  if (code || field.kind !== 'mutation' || NEVER_TOLD.has(name) || isKey(name)) return [];
  accepted.add(name);
  if (!comesBack && !isReason(name)) return [`${name}: accepted, and nobody knows where it can be read again, see COMES_BACK`];
  const isTrimmed = comesBack ? comesBack.isTrimmed : true;
  const wanted = isTrimmed && typeof value === 'string' ? value.trim() : value;
  const told = comesBack ? answer.data : await storedIn(await roomOf(variables, scene));
  return leavesOf(told).some((leaf) => isDeepStrictEqual(leaf, wanted)) ? [] : complain('accepted, and not told as it was given');
}

const storedIn = (roomId: string) =>
  world.sql(
    'select m.content, m.metadata, r.reason from messages m left join message_revisions r on r.message_id = m.id where m.room_id = $1',
    [roomId],
  );

describe('a hostile text', () => {
  test('breaks nothing wherever it is given, and comes back as it was if it was accepted', async () => {
    const accepted = new Set<string>();
    const complaints: string[] = [];
    const tries = places.flatMap((place) => place.values.map(([what, value]) => ({ place, what, value })));
    await inParallel(tries, async ({ place, what, value }) => {
      complaints.push(...(await tried(place, what, value, scenes.pop()!, accepted)));
    });
    expect([...new Set(complaints)]).toEqual([]);
    expect(Object.keys(COMES_BACK).filter((name) => !accepted.has(name))).toEqual([]);
  }, 600_000);
});
