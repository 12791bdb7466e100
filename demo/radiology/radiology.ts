import { BackOffice, REPORTED } from '../support/back-office.js';
import type { Company } from '../support/company.js';
import { Person } from '../support/person.js';
import type { Promises } from '../support/promises.js';
import { addressing, founding, leaving } from './people.js';
import { arriving, behindADoor, PATIENT } from './studies.js';
import type { Stage } from '../support/stage.js';
import { type Act, play, type Story } from '../support/story.js';

export interface Cast {
  stage: Stage;
  promises: Promises;
  /** The archive of the images, which says what has arrived, and is told of everything. */
  host: Person;
  office: BackOffice;
  radiologist: Person;
  technician: Person;
  clinician: Person;
  /** A radiologist of another facility. */
  outsider: Person;
  /** Signed in, and at no facility. */
  stranger: Person;
  /** Of the main room; null before there is one. */
  company: Company | null;
  facilityId: string;
  /** The first study, talked about in the main room. */
  studyId: string;
  /** What two of them see in the room of the second study. */
  windows: Person[];
}

const PROMISES = {
  members: 'who belongs to a facility has a seat in its room, and who leaves hears and reads nothing later',
  targets: 'one addresses one’s facilities and the people there, and nobody else',
  address: 'a message goes to a person or to a facility, and lands in the one room for it',
  once: 'a study is one, and one message tells of its arrival, however often it is told',
  patient: 'whom it shows is read by those who may see the study, and stands nowhere else',
  steps: 'technicians bring a study in, a radiologist reports it, and all read the same',
  apart: 'a study with a room of its own is for those who were let in',
  private: 'strangers and other facilities cannot tell the room from none',
  ...REPORTED,
  told: 'the host is told of everything in the rooms, signed, once and in order',
};

async function gather(stage: Stage, promises: Promises): Promise<Cast> {
  const host = await Person.arrive(stage, { sub: 'pacs', name: 'The archive', part: 'host', role: 'SERVICE' });
  const radiologist = await Person.arrive(stage, { sub: 'rita', name: 'Dr. Rita Moreau', part: 'radiologist', transport: 'socket' });
  const technician = await Person.arrive(stage, { sub: 'tom', name: 'Tomás Vega', part: 'technician' });
  const clinician = await Person.arrive(stage, { sub: 'cleo', name: 'Dr. Cleo Asante', part: 'clinician', transport: 'socket' });
  const outsider = await Person.arrive(stage, { sub: 'otto', name: 'Dr. Otto Brandt', part: 'outsider' });
  const stranger = await Person.arrive(stage, { sub: 'eve', name: 'Eve', part: 'stranger' });
  const people = { host, radiologist, technician, clinician, outsider, stranger };
  const office = await BackOffice.open(stage, host, promises, 'STUDIES');
  return { stage, promises, office, ...people, company: null, facilityId: '', studyId: '', windows: [] };
}

async function compare({ company, office, stage, promises, radiologist, technician, clinician, windows }: Cast): Promise<void> {
  await company!.heard();
  const { receiver } = office;
  const door = windows[0]!;
  for (const room of [radiologist, door]) await receiver.check(promises, room);
  promises.same('steps', 'what the clinician has read', clinician.side.steps, radiologist.side.steps);
  const heard = JSON.stringify([radiologist, technician, clinician, ...windows].map(({ side }) => side.messages));
  promises.look('patient', 'the name stands in a message', !heard.includes(PATIENT));
  promises.look('patient', 'the host was told the name', !JSON.stringify(receiver.told).includes(PATIENT));
  promises.look('patient', "the name stands in the node's log", !stage.log.includes(PATIENT));
}

const ACTS: Act<Cast>[] = [
  ['A facility, and who belongs to it', founding],
  ['A study arrives', arriving],
  ['To whom it may concern', addressing],
  ['A study behind a door', behindADoor],
  ['Somebody leaves the facility', leaving],
  ['What the host was told', compare],
];

export const radiology: Story = {
  title: 'Two facilities, their people, and the studies that they talk about',
  // Nobody else calls addresses such as 127.0.0.1.
  settings: { WEBHOOK_ALLOW_PRIVATE: 'true' },
  promises: PROMISES,

  async tell(stage, promises) {
    const cast = await gather(stage, promises);
    const { host, radiologist, technician, clinician, outsider, stranger, office } = cast;
    try {
      await play(ACTS, cast);
      return [radiologist, technician, clinician, cast.windows[0]!];
    } finally {
      for (const person of [host, radiologist, technician, clinician, outsider, stranger]) await person.api.close();
      await office.stop();
    }
  },
};
