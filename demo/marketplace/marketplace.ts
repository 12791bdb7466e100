import { BackOffice, REPORTED } from '../support/back-office.js';
import { Company } from '../support/company.js';
import { Person } from '../support/person.js';
import { quarrelling } from './dispute.js';
import { paidAtTheCounter, selling } from './sale.js';
import { printStep } from '../support/print.js';
import type { Promises } from '../support/promises.js';
import type { Stage } from '../support/stage.js';
import { type Act, play, type Story } from '../support/story.js';

export interface Cast {
  stage: Stage;
  promises: Promises;
  company: Company;
  roomId: string;
  /** The marketplace's own system: it opens rooms, and is told of everything. */
  host: Person;
  office: BackOffice;
  buyer: Person;
  seller: Person;
  mediator: Person;
  support: Person;
  admin: Person;
  /** Signed in, and in no room. */
  stranger: Person;
  /** The one that was paid; empty before. */
  paymentId: string;
}

const PROMISES = {
  paid: 'the chat says "paid" when the money is there, and not before',
  live: 'the other side sees each step at once',
  retry: 'a payment that failed is tried again, and one that was repeated is one payment',
  secret: 'only the payer gets the secret with which one pays',
  told: 'the host is told of everything in the room, signed, once and in order',
  ...REPORTED,
  held: 'money in dispute is held, and free again afterwards',
  frozen: 'evidence says what it said, whatever becomes of the messages',
  fair: 'nobody decides in their own cause, and neutral people come and go with the dispute',
  stranger: 'who is not in the room learns nothing of its payments and disputes',
};

async function gather(stage: Stage, promises: Promises): Promise<Cast> {
  const host = await Person.arrive(stage, { sub: 'market', name: 'The marketplace', part: 'host', role: 'SERVICE' });
  const buyer = await Person.arrive(stage, { sub: 'ines', name: 'Inês Duarte', part: 'buyer', transport: 'socket' });
  const seller = await Person.arrive(stage, { sub: 'tomasz', name: 'Tomasz Żak', part: 'seller' });
  const mediator = await Person.arrive(stage, { sub: 'mira', name: 'Mira Lindqvist', part: 'mediator' });
  const support = await Person.arrive(stage, { sub: 'sam', name: "Sam O'Neill", part: 'support', role: 'SUPPORT' });
  const admin = await Person.arrive(stage, { sub: 'ada', name: 'Ada Nwosu', part: 'administrator', role: 'ADMIN' });
  const stranger = await Person.arrive(stage, { sub: 'eve', name: 'Eve', part: 'stranger' });
  const office = await BackOffice.open(stage, host, promises, 'HOST');
  const participants = [
    { userId: buyer.id, role: 'CUSTOMER' },
    { userId: seller.id, role: 'WORKER' },
  ];
  const room = await host.do<{ id: string; code: string }>(
    'createRoom',
    { kind: 'GROUP', title: 'Listing 88: a touring bicycle', participants },
    'id code',
  );
  for (const person of [host, seller, support, mediator, stranger]) person.roomId = room.id;
  printStep(`The marketplace opened the room ${room.code} for a listing.`);
  const company = new Company(room.id, promises);
  await company.enter(buyer, seller);
  return { stage, promises, company, roomId: room.id, host, office, buyer, seller, mediator, support, admin, stranger, paymentId: '' };
}

async function compare({ office, company, seller, promises }: Cast): Promise<void> {
  await company.heard();
  await office.receiver.check(promises, seller);
}

const ACTS: Act<Cast>[] = [
  ['A bicycle, and how it is paid', selling],
  ['A quarrel', quarrelling],
  ['The postage, which the marketplace takes itself', paidAtTheCounter],
  ['What the host was told', compare],
];

export const marketplace: Story = {
  title: 'A marketplace, a bicycle, money, and a quarrel',
  // In production there is no sandbox for payments, and nobody calls addresses such as 127.0.0.1.
  settings: { NODE_ENV: 'test', WEBHOOK_ALLOW_PRIVATE: 'true' },
  promises: PROMISES,

  async tell(stage, promises) {
    const cast = await gather(stage, promises);
    const { host, office, buyer, seller, mediator, support, admin, stranger } = cast;
    try {
      await play(ACTS, cast);
      return [buyer, seller, mediator];
    } finally {
      for (const person of [host, buyer, seller, mediator, support, admin, stranger]) await person.api.close();
      await office.stop();
    }
  },
};
