import type { Variables } from '../support/api.js';
import { codeOf, type Person } from '../support/person.js';
import type { Cast } from './pharmacy.js';
import { printStep } from '../support/print.js';

const ORDER = `query ($id: ID!) { order(id: $id) { status version items { name } deliveries { status proof { photoId } }
  timeline(first: 100) { nodes { sequence message { id } transition { aggregate event toStatus } } pageInfo { hasNextPage } } } }`;

interface Placed {
  status: string;
  version: number;
  items: { name: string }[] | null;
  deliveries: { status: string; proof: { photoId: string } | null }[];
  timeline: {
    nodes: { sequence: number; message: { id: string }; transition: { aggregate: string; event: string; toStatus: string } | null }[];
    pageInfo: { hasNextPage: boolean };
  };
}

async function step(person: Person, mutation: string, input: Variables): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { errors } = await person.api.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { id } }`, { input }, person.transport);
  return codeOf(errors);
}

const moveOrder = ({ orderId }: Cast, who: Person, event: string) => step(who, 'updateOrderStatus', { orderId, event });
const moveDelivery = ({ deliveryId }: Cast, who: Person, event: string) => step(who, 'updateDeliveryStatus', { deliveryId, event });

/** The shop's system places the order, and tries again because the answer seemed lost. */
export async function place(host: Person, customer: Person, pharmacist: Person): Promise<{ orderId: string; roomId: string }> {
  const input = {
    customerId: customer.id,
    staffIds: [pharmacist.id],
    number: '1042',
    providerName: '陈薇 Pharmacy',
    items: [{ name: 'Amoxicillin 500 mg', quantity: 21 }, { name: 'Vitamin D' }],
    totalMinor: 1890,
    currency: 'EUR',
    requiresPrescription: true,
    externalRef: 'shop-order-1042',
  };
  const document = 'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { id room { id code } } }';
  type Answer = { placeOrder: { id: string; room: { id: string; code: string } } };
  const [one, ...others] = await Promise.all(Array.from({ length: 10 }, () => host.api.get<Answer>(document, { input })));
  if (others.some(({ placeOrder }) => placeOrder.id !== one!.placeOrder.id)) throw new Error('one order became several');
  const { id, room } = one!.placeOrder;
  printStep(`The shop's system placed the order ten times over; it is one order, and its room is ${room.code}.`);
  return { orderId: id, roomId: room.id };
}

export async function prescribing(cast: Cast): Promise<void> {
  const { promises, customer, pharmacist, rider, company, orderId } = cast;
  promises.same('P7', 'no acceptance without the prescription', await moveOrder(cast, pharmacist, 'accept'), 'CONFLICT');
  promises.same('P7', 'the customer approves nothing', await moveOrder(cast, customer, 'request_rx'), 'FORBIDDEN');
  for (const event of ['request_rx', 'approve_rx', 'start', 'ready']) {
    promises.same('P7', event, await moveOrder(cast, pharmacist, event), 'OK');
  }
  promises.same('P7', 'what has begun is not canceled', await moveOrder(cast, customer, 'cancel'), 'ILLEGAL_TRANSITION');
  const { createDelivery } = await pharmacist.api.get<{ createDelivery: { id: string } }>(
    'mutation ($input: CreateDeliveryInput!) { createDelivery(input: $input) { id } }',
    { input: { orderId, pickup: { address: '1 Market Square' }, dropoff: { address: '7 River Street', notes: 'second floor, left' } } },
  );
  cast.deliveryId = createDelivery.id;
  const nobodyYet = await rider.api.ask(ORDER, { id: orderId });
  promises.same('P8', 'the order, for a rider who has no part in it yet', codeOf(nobodyYet.errors), 'NOT_FOUND');
  promises.same('P7', 'assign', await step(pharmacist, 'assignRider', { deliveryId: cast.deliveryId, riderId: rider.id }), 'OK');
  const { order } = await pharmacist.api.get<{ order: Placed }>(ORDER, { id: orderId });
  const assigned = order.timeline.nodes.find(({ transition }) => transition?.event === 'assign');
  // Between the two stands that Raj was added, which he reads.
  rider.hiddenUpTo = assigned!.sequence - 2;
  await company.enter(rider);
  await company.heard();
  printStep('The prescription was approved, the parcel packed, and Raj let in to deliver it.');
}

export async function fetching(cast: Cast): Promise<void> {
  const { promises, office, rider, customer, company, deliveryId } = cast;
  promises.same('P7', 'only the rider moves the parcel', await moveDelivery(cast, customer, 'head_to_pickup'), 'FORBIDDEN');
  // The rider's telephone tells some, the courier's system the rest.
  promises.same('P7', 'head_to_pickup', await moveDelivery(cast, rider, 'head_to_pickup'), 'OK');
  await office.reports('delivery.arrive_at_pickup', { id: deliveryId });
  promises.same('P7', 'pick_up', await moveDelivery(cast, rider, 'pick_up'), 'OK');
  await office.reports('delivery.head_to_dropoff', { id: deliveryId });
  await company.heard();
  printStep('The rider fetched the parcel; the order is on its way.');
}

export async function handingOver(cast: Cast): Promise<void> {
  const { promises, rider, company, deliveryId } = cast;
  promises.same('P7', 'arrive_at_dropoff', await moveDelivery(cast, rider, 'arrive_at_dropoff'), 'OK');
  promises.same('P7', 'delivered without a proof', await step(rider, 'confirmDelivery', { deliveryId }), 'BAD_USER_INPUT');
  const confirm = { deliveryId, proof: { photoId: 'photo-of-the-door' }, idempotencyKey: 'handed-over' };
  for (const time of ['once', 'again']) promises.same('P7', `deliver, ${time}`, await step(rider, 'confirmDelivery', confirm), 'OK');
  await company.heard();
  printStep('Delivered, with a photo as proof.');
}

const STEPS = [
  ...['place PLACED', 'request_rx AWAITING_PRESCRIPTION', 'approve_rx CONFIRMED', 'start PREPARING', 'ready READY', 'create UNASSIGNED'],
  ...[
    'assign ASSIGNED',
    'head_to_pickup EN_ROUTE_PICKUP',
    'arrive_at_pickup ARRIVED_PICKUP',
    'pick_up PICKED_UP',
    'dispatch OUT_FOR_DELIVERY',
  ],
  ...[
    'head_to_dropoff EN_ROUTE_DROPOFF',
    'arrive_at_dropoff ARRIVED_DROPOFF',
    'deliver DELIVERED',
    'deliver DELIVERED',
    'complete COMPLETED',
  ],
];

/** After the crash: what each party sees of the order is the same, and the whole of it. */
export async function completing(cast: Cast): Promise<void> {
  const { promises, customer, company, orderId } = cast;
  promises.same('P7', 'complete', await moveOrder(cast, customer, 'complete'), 'OK');
  await company.heard();
  for (const person of company.present) {
    const { order } = await person.api.get<{ order: Placed }>(ORDER, { id: orderId }, person.transport);
    const about = (what: string) => `${what}, ${person.part}`;
    const { nodes } = order.timeline;
    const steps = nodes.flatMap(({ transition }) => (transition ? [`${transition.event} ${transition.toStatus}`] : []));
    promises.same('P7', about('steps'), steps, STEPS);
    promises.same(
      'P7',
      about('status'),
      [order.status, order.deliveries],
      ['COMPLETED', [{ status: 'DELIVERED', proof: { photoId: 'photo-of-the-door' } }]],
    );
    promises.same('P7', about('what was ordered'), order.items?.length, 2);
    const heard = person.side.messages.slice(0, nodes.length).map(({ id }) => id);
    promises.same(
      'P7',
      about('the story is the room'),
      nodes.map(({ message }) => message.id),
      heard,
    );
  }
  printStep(`The order is complete: ${STEPS.length} steps, each with its message, for everybody the same.`);
}
