import { BackOffice, REPORTED } from '../support/back-office.js';
import { Company } from '../support/company.js';
import { Person } from '../support/person.js';
import { ordering, repairing, rudeness } from './counter.js';
import { completing, fetching, handingOver, place, prescribing } from './order.js';
import { blackout, goodbye, liftWithoutReception, removal } from './road.js';
import type { Promises } from '../support/promises.js';
import type { Stage } from '../support/stage.js';
import { type Act, play, type Story } from '../support/story.js';

export interface Cast {
  stage: Stage;
  promises: Promises;
  company: Company;
  roomId: string;
  orderId: string;
  /** Empty before there is one. */
  deliveryId: string;
  /** The shop's own system, which opens rooms and says who is who. */
  host: Person;
  office: BackOffice;
  customer: Person;
  pharmacist: Person;
  rider: Person;
  support: Person;
  /** Signed in, and in no room. */
  stranger: Person;
}

const PROMISES = {
  P1: 'what was acknowledged is there, also after the node was killed',
  P2: 'sequences count 1, 2, 3… without a hole',
  P3: 'a retry is the same message; the same key with other content is refused',
  P4: 'a stream told each change once and in order, also across breaks',
  P5: 'who was removed heard and read nothing later, and the stream ended within 1 s',
  P6: 'unread counts are what one counts by hand',
  P7: 'each step of the order and the delivery is one message, for everybody, also after the crash',
  P8: 'a stranger cannot tell a forbidden room from one that does not exist',
  told: 'the shop is told of each step, signed, once and in order, also after the crash',
  ...REPORTED,
  text: 'every text came back byte for byte, to everybody',
  ticks: 'the ticks that a stream implies are those that the API tells',
  muted: 'a muted person reads, and does not speak',
  deleted: 'a deleted message is a tombstone everywhere',
  closed: 'a closed room is read-only for all but staff',
  lists: 'the room list finds, filters and shows the newest message',
  history: 'polling tells the same history as the stream',
  log: "the node's log holds no warning and nothing of what was said",
};

async function gather(stage: Stage, promises: Promises): Promise<Cast> {
  const host = await Person.arrive(stage, { sub: 'shop', name: 'The shop', part: 'host', role: 'SERVICE' });
  const customer = await Person.arrive(stage, { sub: 'leila', name: 'Leïla Haddad', part: 'customer', transport: 'socket' });
  const pharmacist = await Person.arrive(stage, { sub: 'chen', name: '陈薇 Chen Wei', part: 'pharmacist', transport: 'socket' });
  const rider = await Person.arrive(stage, { sub: 'raj', name: 'राज Raj Patel', part: 'rider' });
  const support = await Person.arrive(stage, { sub: 'sam', name: "Sam O'Neill", part: 'support', role: 'SUPPORT' });
  const stranger = await Person.arrive(stage, { sub: 'eve', name: 'Eve', part: 'stranger' });

  const office = await BackOffice.open(stage, host, promises, 'DELIVERIES');
  const { orderId, roomId } = await place(host, customer, pharmacist);
  host.roomId = stranger.roomId = roomId;
  const company = new Company(roomId, promises);
  await company.enter(customer, pharmacist);
  return { stage, promises, company, roomId, orderId, deliveryId: '', host, office, customer, pharmacist, rider, support, stranger };
}

const ACTS: Act<Cast>[] = [
  ['The prescription', prescribing],
  ['They talk about the order', ordering],
  ['Second thoughts: replies, edits, reactions', repairing],
  ['Support comes in: mute, unmute, a send that is tried again', rudeness],
  ['The parcel is fetched', fetching],
  ['The customer is in a lift without reception', liftWithoutReception],
  ['At the door', handingOver],
  ['Delivered; the rider is taken out, a message is taken back', removal],
  ['The node is killed while everybody types', blackout],
  ['Nothing is missing', completing],
  ['The room is closed', goodbye],
  ['What the shop was told', ({ office, promises, customer }) => office.receiver.checkSteps(promises, customer)],
];

export const pharmacy: Story = {
  title: 'A pharmacy, an order, four people',
  // Nobody else calls addresses such as 127.0.0.1.
  settings: { WEBHOOK_ALLOW_PRIVATE: 'true' },
  promises: PROMISES,

  async tell(stage: Stage, promises: Promises): Promise<Person[]> {
    const cast = await gather(stage, promises);
    const { host, office, customer, pharmacist, rider, support, stranger, company } = cast;
    try {
      await play(ACTS, cast);
      await company.checkLog('at the end');
      await company.checkUnread('at the end');
      const secrets = company.said.map(({ content }) => content).filter((content) => content !== null && content.length > 20);
      promises.look('log', 'a text stands in the log', !secrets.some((content) => content !== null && stage.log.includes(content)));
      promises.same('log', 'warnings', stage.log.match(/^\{"level":[4-6]0.*$/gm), null);
      return [customer, pharmacist, rider, support];
    } finally {
      for (const person of [host, customer, pharmacist, rider, support, stranger]) await person.api.close();
      await office.stop();
    }
  },
};
