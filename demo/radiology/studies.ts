import { codeOf, type Person } from '../support/person.js';
import { printStep } from '../support/print.js';
import type { Cast } from './radiology.js';

/** Whom the images show, as the archive names them. */
export const PATIENT = 'Wilhelmina Achterberg, 1961-03-08';

interface Study {
  id: string;
  roomId: string;
  status: string;
}

const STUDY = 'id roomId status';
const PATIENT_OF = 'query ($id: ID!) { study(id: $id) { status patientRef } }';
const RELATED = 'query ($roomId: ID!, $id: ID!) { message(roomId: $roomId, id: $id) { relatedStudy { id modality seriesCount } } }';

const patientOf = (person: Person, id: string) =>
  person.api.ask<{ study: { status: string; patientRef: string | null } }>(PATIENT_OF, { id });

export async function arriving(cast: Cast): Promise<void> {
  const { host, office, radiologist, technician, clinician, outsider, stranger, promises, facilityId } = cast;
  const plan = {
    facilityId,
    studyUid: '1.2.840.113619.2.55.3.4',
    modality: 'CT',
    accession: 'A-5521',
    patientRef: PATIENT,
    seriesCount: 4,
  };
  const [study, ...others] = await Promise.all(Array.from({ length: 5 }, () => host.do<Study>('registerStudy', plan, STUDY)));
  for (const other of others) promises.same('once', 'registered again', other, study);
  const { id: studyId, roomId } = study!;
  cast.studyId = studyId;
  promises.same('once', 'where it is talked about', [roomId, study!.status], [radiologist.roomId, 'UPLOADING']);
  await office.reports('study.receive', { id: studyId });
  await cast.company!.heard();
  const [upload, ...more] = clinician.side.messages.filter(({ kind }) => kind === 'SYSTEM_UPLOAD');
  promises.same('once', 'other messages of its arrival', more, []);
  promises.same('once', 'what it says', [upload?.sender, upload?.content], [null, 'A study (CT) has arrived']);
  const { message } = await clinician.api.get<{ message: { relatedStudy: unknown } }>(RELATED, { roomId, id: upload?.id });
  promises.same('once', 'to what it leads', message.relatedStudy, { id: studyId, modality: 'CT', seriesCount: 4 });
  for (const person of [radiologist, technician, clinician]) {
    promises.same('patient', `read by the ${person.part}`, (await patientOf(person, studyId)).data?.study.patientRef, PATIENT);
  }
  for (const person of [outsider, stranger]) {
    promises.same('patient', `asked for by the ${person.part}`, codeOf((await patientOf(person, studyId)).errors), 'NOT_FOUND');
  }
  printStep('The archive told of a study five times, and twice that it is complete: one study, one message, and no name in it.');
  await reporting(cast);
}

const step = (person: Person, studyId: string, event: string) => person.refusalOf('updateStudyStatus', { studyId, event });

async function reporting({ radiologist, technician, clinician, promises, studyId, company }: Cast): Promise<void> {
  promises.same('steps', 'a report before it is available', await step(radiologist, studyId, 'report'), 'ILLEGAL_TRANSITION');
  promises.same('steps', 'the clinician releases it', await step(clinician, studyId, 'release'), 'FORBIDDEN');
  promises.same('steps', 'the technician releases it', await step(technician, studyId, 'release'), 'OK');
  for (const person of [technician, clinician]) {
    promises.same('steps', `the ${person.part} reports it`, await step(person, studyId, 'report'), 'FORBIDDEN');
  }
  promises.same('steps', 'the radiologist reports it', await step(radiologist, studyId, 'report'), 'OK');
  await company!.heard();
  const steps = ['upload', 'receive', 'release', 'report'].map((event) => `study.${event}`);
  for (const person of company!.present) promises.same('steps', `what the ${person.part} has read`, person.side.steps, steps);
  await company!.say(clinician, 'Thank you, that was quick! 🚀');
  printStep('The technician released it, the radiologist reported it; nobody else could.');
}

/** For those who are named, in a room of its own. */
export async function behindADoor(cast: Cast): Promise<void> {
  const { radiologist, technician, clinician, outsider, promises, facilityId } = cast;
  const plan = { facilityId, studyUid: '1.2.840.113619.2.55.3.5', modality: 'MR', patientRef: PATIENT, isReceived: true };
  const others = await technician.refusalOf('registerStudy', { ...plan, memberIds: [outsider.id] });
  promises.same('apart', 'somebody of another facility is let in', others, 'BAD_USER_INPUT');
  const study = await technician.do<Study>('registerStudy', { ...plan, memberIds: [radiologist.id] }, STUDY);
  const windows = [radiologist.besides(), technician.besides()];
  for (const window of windows) await window.enter(study.roomId);
  cast.windows.push(...windows);
  promises.same('apart', 'the clinician looks into the room', await clinician.looksInto(study.roomId), 'NOT_FOUND');
  promises.same('apart', 'the clinician asks for the study', codeOf((await patientOf(clinician, study.id)).errors), 'NOT_FOUND');
  const about = { studyId: study.id, content: 'Have a look at this one.' };
  const pointed = await technician.refusalOf('sendMessageTo', { ...about, recipientId: clinician.id });
  promises.same('apart', 'the clinician is pointed to it', pointed, 'FORBIDDEN');
  const { roomId } = await technician.do<{ roomId: string }>('sendMessageTo', { ...about, facilityId }, 'roomId');
  promises.same('apart', 'the room for it', roomId, study.roomId);
  promises.same('steps', 'the technician releases it, too', await step(technician, study.id, 'release'), 'OK');
  promises.same('steps', 'the radiologist reports it, too', await step(radiologist, study.id, 'report'), 'OK');
  for (const window of windows) await window.hears('study.report');
  promises.same('apart', 'its steps are heard there only', clinician.side.steps.length, 4);
  printStep('A study for two: it has a room of its own, and for the clinician it does not exist.');
}
