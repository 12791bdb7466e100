import { randomUUID } from 'node:crypto';
import { Company } from '../support/company.js';
import type { Person } from '../support/person.js';
import { printStep } from '../support/print.js';
import type { Cast } from './radiology.js';
import { cannotTell } from '../support/stranger.js';
import { within } from '../support/within.js';

interface Facility {
  id: string;
  room: { id: string };
}

/** The names of all to whom somebody may write. */
async function targetsOf(person: Person): Promise<string[]> {
  type Targets = { messageTargets: { nodes: { name: string }[] } };
  return (await person.api.get<Targets>('{ messageTargets { nodes { name } } }')).messageTargets.nodes.map(({ name }) => name);
}

export async function founding(cast: Cast): Promise<void> {
  const { host, radiologist, technician, clinician, outsider, stranger, promises } = cast;
  const found = (name: string, externalRef: string) => host.do<Facility>('createFacility', { name, externalRef }, 'id room { id }');
  const [north, ...others] = await Promise.all(Array.from({ length: 5 }, () => found('North Imaging', 'site-1')));
  for (const other of others) promises.same('members', 'the same facility, told again', other, north);
  const south = await found('South Imaging', 'site-2');
  const seat = (facilityId: string, person: Person, role: string) => host.do('addFacilityMember', { facilityId, userId: person.id, role });
  await seat(south.id, outsider, 'RADIOLOGIST');
  for (const [person, role] of [
    [radiologist, 'RADIOLOGIST'],
    [technician, 'TECHNICIAN'],
    [clinician, 'CLINICIAN'],
  ] as const) {
    promises.same('members', `${person.part}, before`, await person.looksInto(north!.room.id), 'NOT_FOUND');
    await seat(north!.id, person, role);
    promises.same('members', `${person.part}, afterwards`, await person.looksInto(north!.room.id), 'OK');
  }
  cast.facilityId = north!.id;
  cast.company = new Company(north!.room.id, promises);
  await cast.company.enter(radiologist, technician, clinician);
  promises.same('targets', 'of the technician', await targetsOf(technician), ['North Imaging', clinician.name, radiologist.name]);
  promises.same('targets', 'of the outsider', await targetsOf(outsider), ['South Imaging']);
  promises.same('targets', 'of the stranger', await targetsOf(stranger), []);
  printStep('The host founded "North Imaging" five times over; it is one, with three people in its room.');
}

export async function addressing(cast: Cast): Promise<void> {
  const { radiologist, technician, outsider, stranger, promises, facilityId, studyId } = cast;
  const company = cast.company!;
  const refused = (person: Person, to: object) => person.refusalOf('sendMessageTo', { content: 'Hello?', ...to });
  promises.same('address', 'to nobody', await refused(technician, {}), 'BAD_USER_INPUT');
  promises.same('address', 'to both', await refused(technician, { recipientId: radiologist.id, facilityId }), 'BAD_USER_INPUT');
  for (const person of [outsider, stranger]) {
    for (const to of [{ facilityId }, { recipientId: technician.id }]) {
      promises.same('targets', `${person.part} writes to North Imaging`, await refused(person, to), 'NOT_FOUND');
    }
  }

  type Sent = { id: string; sequence: number; roomId: string; relatedStudy: { id: string } | null };
  const send = (person: Person, input: object) => person.do<Sent>('sendMessageTo', { ...input }, 'id sequence roomId relatedStudy { id }');
  const content = 'Motion in the last series; shall I repeat it?';
  const toAll = { facilityId, studyId, content, clientId: randomUUID() };
  const [first, retried] = [await send(technician, toAll), await send(technician, toAll)];
  const { id, sequence, roomId, relatedStudy } = first;
  company.said.push({ id, sequence, senderId: technician.id, content });
  promises.same('address', 'a retry is the same message', retried, first);
  promises.same('address', 'to the facility', [roomId, relatedStudy?.id], [technician.roomId, studyId]);
  await company.say(radiologist, 'No, it is good enough. 👍', { replyToId: id });

  const pair = [send(technician, { recipientId: radiologist.id, content: 'May I go?' })];
  pair.push(send(radiologist, { recipientId: technician.id, content: 'You can go home, Tomás.' }));
  const rooms = new Set((await Promise.all(pair)).map((sent) => sent.roomId));
  promises.same('address', 'two who write to each other at once have one room', [rooms.size, rooms.has(technician.roomId)], [1, false]);
  await company.heard();
  promises.same('address', 'the clinician heard', cast.clinician.side.messages.at(-1)?.content, 'No, it is good enough. 👍');
  printStep('To the facility: everybody there has heard it. To a person: the two have one room, whoever begins.');
}

export async function leaving(cast: Cast): Promise<void> {
  const { host, radiologist, technician, outsider, stranger, promises, facilityId } = cast;
  const company = cast.company!;
  await company.say(technician, 'My last day here. It was a pleasure. 👋');
  await company.heard();
  const [door, ...others] = cast.windows;
  const windows = [technician, ...others];
  const heard = windows.map(({ side }) => side.revision);
  company.present.delete(technician);
  await host.do('removeFacilityMember', { facilityId, userId: technician.id });
  await company.say(radiologist, 'The keys to the archive are with me now. 🔑');
  const { sequence } = await door!.say('And so is this one.');
  await company.heard();
  await door!.side.until('the last word behind the door', ({ messages }) => messages.at(-1)?.sequence === sequence);
  for (const [at, window] of windows.entries()) {
    promises.same('members', 'who ended the stream', await within("the technician's stream ends", window.ending), 'completed');
    promises.same('members', 'the last that the technician heard', window.side.revision, heard[at]);
  }
  const messageId = company.said[0]!.id;
  await cannotTell(promises, 'members', technician, { roomId: technician.roomId, messageId });
  for (const person of [outsider, stranger]) await cannotTell(promises, 'private', person, { roomId: radiologist.roomId, messageId });
  promises.same('targets', 'of who has left', await targetsOf(technician), []);
  const late = await technician.refusalOf('sendMessageTo', { facilityId, content: 'One more thing…' });
  promises.same('targets', 'who has left writes to the facility', late, 'NOT_FOUND');
  printStep('The technician has left: both streams ended, and neither room exists for them any more.');
}
