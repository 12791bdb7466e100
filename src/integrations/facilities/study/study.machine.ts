import { MessageKind } from '../../../timeline/log/message.entity.js';
import type { Machine, Move } from '../../../transitions/machine/machine.js';
import type { FacilityRole } from '../facility/facility.entity.js';
import { Study } from './study.entity.js';

const says =
  (what: string) =>
  ({ subject: { modality } }: Move<Study>): string =>
    what.replace('$it', modality ? `study (${modality})` : 'study');

const UPLOADERS = ['TECHNICIAN', 'FACILITY_ADMIN', 'SERVICE'] as const;
const ALL = ['UPLOADING', 'RECEIVED', 'AVAILABLE', 'REPORTED', 'FAILED'] as const;

/** The patient is in no message and no metadata. @see HL7 FHIR R4, "Resource ImagingStudy" */
export const studyMachine: Machine<Study, `${FacilityRole}`> = {
  name: 'study',
  entity: Study,
  kind: MessageKind.STUDY_UPDATE,
  parties: ({ roles }, userId) => (roles[userId] ? [roles[userId]] : []),
  facts: ({ modality, facilityId, seriesCount, instanceCount, id }) => ({ studyId: id, facilityId, modality, seriesCount, instanceCount }),
  words: ({ subject }) => ({ modality: subject.modality ?? 'none' }),
  steps: [
    { event: 'upload', from: [], to: 'UPLOADING', by: UPLOADERS, say: says('A $it is being uploaded') },
    {
      event: 'receive',
      from: [],
      to: 'RECEIVED',
      by: UPLOADERS,
      kind: MessageKind.SYSTEM_UPLOAD,
      say: says('A $it has arrived'),
    },
    {
      event: 'receive',
      from: ['UPLOADING'],
      to: 'RECEIVED',
      by: UPLOADERS,
      kind: MessageKind.SYSTEM_UPLOAD,
      say: says('A $it has arrived'),
    },
    { event: 'fail', from: ['UPLOADING'], to: 'FAILED', by: UPLOADERS, say: says('The upload of a $it failed') },
    { event: 'release', from: ['RECEIVED'], to: 'AVAILABLE', by: UPLOADERS, say: says('The $it is available') },
    { event: 'report', from: ['AVAILABLE'], to: 'REPORTED', by: ['RADIOLOGIST', 'SERVICE'], say: says('The $it is reported') },
    { event: 'cancel', from: ALL, to: 'CANCELLED', by: UPLOADERS, say: says('The $it was cancelled') },
    {
      event: 'enter_in_error',
      from: [...ALL, 'CANCELLED'],
      to: 'ENTERED_IN_ERROR',
      by: ['ADMIN', 'SERVICE'],
      needsReason: true,
      say: says('The $it was entered in error'),
    },
  ],
};
