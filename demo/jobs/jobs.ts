import { BackOffice, REPORTED } from '../support/back-office.js';
import { type Bidder, bidding, publishing } from './bids.js';
import { working } from './work.js';
import { Person } from '../support/person.js';
import type { Promises } from '../support/promises.js';
import type { Stage } from '../support/stage.js';
import { type Act, play, type Story } from '../support/story.js';

/** For whoever gets the job, and nobody else. */
export const ADDRESS = 'Oranienstraße 17, third floor, door on the left';
export const PHONE = '+49 30 5550117';

export interface Cast {
  promises: Promises;
  /** The board's own system. */
  host: Person;
  office: BackOffice;
  poster: Person;
  bidders: Bidder[];
  /** The windows of all people, each with one room. */
  windows: Person[];
  jobId: string;
  roomId: string;
}

const PROMISES = {
  draft: 'a draft is nobody’s business; what is published, everybody finds',
  apart: 'bidders do not see each other, and the poster sees all',
  address: 'the address is for the poster and whoever has the job, and in no message',
  winner: 'one bidder gets the job; the others are declined, and their rooms closed',
  escrow: 'no work before the money is there, and no money before the work is done',
  steps: 'both read the same story, step by step',
  roles: 'nobody does the other one’s steps',
  told: 'the board is told of everything in the room of the job, signed, once and in order',
  ...REPORTED,
};

async function gather(stage: Stage, promises: Promises): Promise<Cast> {
  const host = await Person.arrive(stage, { sub: 'board', name: 'The board', part: 'host', role: 'SERVICE' });
  const office = await BackOffice.open(stage, host, promises, 'JOBS');
  const poster = await Person.arrive(stage, { sub: 'nadia', name: 'Nadia Rahmani', part: 'poster', transport: 'socket' });
  const names = { amir: 'Amir Haddad', bo: 'Bo Lindgren', carla: 'Carla Rossi' };
  const bidders: Bidder[] = [];
  for (const [sub, name] of Object.entries(names)) {
    bidders.push({
      person: await Person.arrive(stage, { sub, name, part: `bidder ${bidders.length + 1}` }),
      poster: poster.besides(),
      offerId: '',
    });
  }
  return { promises, host, office, poster, bidders, windows: [], jobId: '', roomId: '' };
}

const ACTS: Act<Cast>[] = [
  ['A job is published', publishing],
  ['Three offers, one of them accepted', bidding],
  ['The work, and the money', working],
  ['What the board was told', ({ office, promises, poster }) => office.receiver.check(promises, poster)],
];

export const jobs: Story = {
  title: 'A job, three bidders, one winner',
  // In production there is no sandbox for payments, and nobody calls addresses such as 127.0.0.1.
  settings: { NODE_ENV: 'test', WEBHOOK_ALLOW_PRIVATE: 'true' },
  promises: PROMISES,

  async tell(stage, promises) {
    const cast = await gather(stage, promises);
    try {
      await play(ACTS, cast);
      return cast.windows;
    } finally {
      for (const person of [cast.host, cast.poster, ...cast.bidders.map(({ person }) => person)]) await person.api.close();
      await cast.office.stop();
    }
  },
};
