import { ADDRESS, type Cast, PHONE } from './jobs.js';
import { codeOf, type Person } from '../support/person.js';
import { printStep } from '../support/print.js';

export interface Bidder {
  person: Person;
  /** The window of the poster with the room of this bidder. */
  poster: Person;
  offerId: string;
}

interface Made {
  id: string;
  room: { id: string };
}

const OPEN_JOBS = '{ openJobs { nodes { id title area budgetMinor } } }';
const CONTACT = 'query ($id: ID!) { job(id: $id) { status contact { address phone } } }';
const PRICES_MINOR = [14_000, 11_500, 12_000];

export const contactOf = (person: Person, id: string) =>
  person.api.ask<{ job: { status: string; contact: { address: string; phone: string } | null } }>(CONTACT, { id });

export async function publishing(cast: Cast): Promise<void> {
  const { poster, bidders, promises } = cast;
  const job = await poster.do<Made>(
    'createJob',
    {
      ...{
        title: 'Paint two rooms',
        description: 'White, ceilings too. Paint is there.',
        area: 'Kreuzberg',
        address: ADDRESS,
        phone: PHONE,
      },
      ...{ budgetMinor: 15_000, currency: 'EUR', isEscrow: true },
    },
    'id room { id }',
  );
  Object.assign(cast, { jobId: job.id, roomId: job.room.id });
  await poster.enter(job.room.id);
  cast.windows.push(poster);
  const seen = async () => (await bidders[0]!.person.api.get<{ openJobs: { nodes: { id: string }[] } }>(OPEN_JOBS)).openJobs.nodes;
  promises.same('draft', 'what is found before', await seen(), []);
  await poster.do('publishJob', { jobId: job.id });
  const found = await seen();
  promises.same('draft', 'what is found afterwards', found, [
    { id: job.id, title: 'Paint two rooms', area: 'Kreuzberg', budgetMinor: 15_000 },
  ]);
  for (const { person } of bidders) {
    promises.same('address', `${person.part} before any offer`, codeOf((await contactOf(person, job.id)).errors), 'NOT_FOUND');
  }
  printStep('Everybody finds the job; where it is exactly, nobody reads.');
}

export async function bidding(cast: Cast): Promise<void> {
  const { bidders, promises, jobId } = cast;
  for (const [at, bidder] of bidders.entries()) await bid(cast, bidder, PRICES_MINOR[at]!);
  const all = 'query ($id: ID!) { job(id: $id) { offers { nodes { amountMinor } } } }';
  type Offers = { job: { offers: { nodes: { amountMinor: number }[] } } };
  const { job } = await cast.poster.api.get<Offers>(all, { id: jobId });
  promises.same(
    'apart',
    'what the poster compares',
    job.offers.nodes.map(({ amountMinor }) => amountMinor).sort(),
    [...PRICES_MINOR].sort(),
  );
  for (const { person } of bidders) {
    for (const other of bidders.filter((one) => one.person !== person)) {
      const seen = await person.looksInto(other.person.roomId);
      promises.same('apart', `${person.part} looks into the room of ${other.person.part}`, seen, 'NOT_FOUND');
    }
  }
  await choosing(cast);
}

/** With an offer, each bidder gets a room with the poster. */
async function bid({ windows, promises, jobId }: Cast, bidder: Bidder, amountMinor: number): Promise<void> {
  const { person, poster } = bidder;
  const offer = await person.do<Made>('makeJobOffer', { jobId, amountMinor }, 'id room { id }');
  bidder.offerId = offer.id;
  await person.enter(offer.room.id);
  await poster.enter(offer.room.id);
  windows.push(person);
  await person.say('Good morning! When could I begin? 🎨');
  await poster.hears('job_offer.make');
  const second = await person.refusalOf('makeJobOffer', { jobId, amountMinor: 1 });
  promises.same('roles', 'a second offer beside the first', second, 'CONFLICT');
  const own = await person.refusalOf('acceptJobOffer', { offerId: offer.id });
  promises.same('roles', `${person.part} accepts for the poster`, own, 'FORBIDDEN');
}

async function choosing({ bidders, poster, promises, jobId }: Cast): Promise<void> {
  const [, winner, ...rest] = bidders;
  const losers = [bidders[0]!, ...rest];
  await winner!.poster.say('Tomorrow at eight? Then it is yours.');
  await poster.do('acceptJobOffer', { offerId: winner!.offerId });
  for (const { person, poster: window, offerId } of losers) {
    await person.hears('job_offer.decline');
    await person.side.until('the room is closed', ({ room }) => room.status === 'CLOSED');
    promises.same('winner', `${person.part} speaks`, codeOf((await person.trySend('But I am cheaper!')).errors), 'ROOM_CLOSED');
    promises.same('winner', 'a second winner', await window.refusalOf('acceptJobOffer', { offerId }), 'ILLEGAL_TRANSITION');
    promises.same('address', `${person.part} afterwards`, codeOf((await contactOf(person, jobId)).errors), 'NOT_FOUND');
  }
  await winner!.person.hears('job_offer.accept');
  const contact = { address: ADDRESS, phone: PHONE };
  for (const person of [poster, winner!.person]) {
    const { data } = await contactOf(person, jobId);
    promises.same('address', person.part, data?.job, { status: 'ASSIGNED', contact });
  }
  printStep('One offer was accepted; the others were declined, and the winner reads the address.');
}
