import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ParleyError } from '../../../common/errors/errors.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Facility } from '../../facilities/facility/facility.entity.js';
import { StudiesService } from '../../facilities/study/studies.service.js';
import { studyMachine } from '../../facilities/study/study.machine.js';
import { text } from '../receiving/envelope.js';
import { beginning, InboundHandlers } from '../receiving/handlers.js';
import { People, person } from './people.js';
import { thing, type ThingRef } from './things.js';

const study = z.object({
  facility: thing,
  studyUid: z.string().regex(/^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/, 'must be a UID of DICOM'),
  accession: text(64).nullish(),
  modality: z
    .string()
    .regex(/^[A-Z0-9_]{1,16}$/, 'must be a code of DICOM')
    .nullish(),
  seriesCount: z.int().min(0).max(1_000_000).default(0),
  instanceCount: z.int().min(0).max(10_000_000).default(0),
  members: z.array(person).max(50).nullish(),
  authority: z.enum(Authority).default(Authority.PARLEY),
  // It is sealed where it stands, and events are kept as they came.
  patientRef: z.undefined('is not taken here: what comes in is kept in the clear').optional(),
});

/** What systems tell of studies: a PACS, a viewer. */
@Injectable()
export class StudyEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly people: People,
    private readonly studies: StudiesService,
    handlers: InboundHandlers,
  ) {
    handlers.add({ machine: studyMachine, beginnings: { upload: this.beginning(false), receive: this.beginning(true) } });
  }

  private beginning(isReceived: boolean) {
    return beginning({
      schema: study,
      begin: async (actor, externalRef, { facility, members, patientRef: _, ...plan }) => {
        const facilityId = await this.facilityOf(facility);
        const memberIds = members ? await Promise.all(members.map((one) => this.people.idOf(one, 'data.members'))) : null;
        const known = await this.studies.register(actor, { ...plan, facilityId, memberIds, isReceived, externalRef });
        // A name that nobody would find it by must not be taken for its own.
        if (known.externalRef !== externalRef) throw new ParleyError('CONFLICT', 'This study is registered under another name');
      },
    });
  }

  /** @throws NOT_FOUND */
  private async facilityOf(ref: ThingRef): Promise<string> {
    const facility = await this.dataSource.manager.findOneBy(Facility, ref);
    if (!facility) throw new ParleyError('NOT_FOUND', 'There is no such facility');
    return facility.id;
  }
}
