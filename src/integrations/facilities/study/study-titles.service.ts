import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { run } from '../../../database/sql.js';
import { Jobs } from '../../../jobs/jobs.service.js';
import { lockRoom } from '../../../participants/membership/membership.js';
import { retitleRoom } from '../../../rooms/room/room-steps.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import type { ThingWords } from '../../../wording/titles.js';
import { FACILITY_RENAMED, type RenamedFacility } from '../facility/facilities.service.js';

export const studyTitle = (facility: string, modality: string | null): ThingWords => ({
  of: 'study',
  facility,
  modality: modality ?? 'none',
});

const ROOMS = {
  name: 'own_rooms_of_studies',
  text: `select r.id from studies s join rooms r on r.id = s.room_id
    where s.facility_id = $1 and r.deleted_at is null and r.title_words->>'of' = 'study' order by r.id`,
};
const NAMES = {
  name: 'names_of_a_studys_room',
  text: 'select f.name, s.modality from studies s join facilities f on f.id = s.facility_id where s.room_id = $1',
};

/** The rooms of studies go by the name of their facility. */
@Injectable()
export class StudyTitles {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    jobs: Jobs,
  ) {
    jobs.handle(FACILITY_RENAMED, (payload) => this.follow(payload as RenamedFacility));
  }

  /** One commit for each room: a facility may have many, and people are talking there. */
  private async follow({ facilityId, by }: RenamedFacility): Promise<void> {
    for (const { id } of await run<{ id: string }>(this.dataSource, ROOMS, [facilityId])) {
      await this.timeline.commit(async (tx) => {
        await lockRoom(tx.manager, id);
        const [study] = await run<{ name: string; modality: string | null }>(tx.manager, NAMES, [id]);
        if (study) await retitleRoom(tx, id, studyTitle(study.name, study.modality), by);
      });
    }
  }
}
