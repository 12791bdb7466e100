import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { badInput, ParleyError } from '../../common/errors/errors.js';
import { newId } from '../../common/values/ids.js';
import type { Person } from '../../participants/membership/membership.js';
import { activePeople } from '../../participants/seats/participants.queries.js';
import { PlatformRole } from '../../policy/roles.js';
import { Timeline, type TimelineTransaction } from '../../timeline/timeline.service.js';
import { Absence } from './absence.entity.js';
import type { EndAbsenceInput, SetAbsenceInput } from './absences.inputs.js';
import { lockAbsence } from './absences.queries.js';
import { StandIns } from './stand-ins.service.js';

/** When practitioners are away, and who answers instead. Each has one absence at a time. */
@Injectable()
export class AbsencesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly standIns: StandIns,
  ) {}

  /** @throws FORBIDDEN (somebody else, or a delegate, is for the host to name), BAD_USER_INPUT */
  async set(person: Person, input: SetAbsenceInput): Promise<Absence> {
    const practitionerId = await this.concerned(person, input.practitionerId);
    const delegateId = input.delegateId == null ? null : await this.named(person, input.delegateId, 'delegateId');
    const { fromAt, untilAt, note = null } = input;
    if (untilAt <= fromAt) throw badInput('input.untilAt', 'It ends after it has begun');
    if (delegateId === practitionerId) throw badInput('input.delegateId', 'Somebody else answers instead');
    return this.timeline.commit(async (tx) => {
      await this.clear(tx, practitionerId);
      const absence = { id: newId(), practitionerId, delegateId, fromAt, untilAt, note };
      await tx.manager.insert(Absence, absence);
      return tx.manager.findOneByOrFail(Absence, { id: absence.id });
    });
  }

  /** As it was; null where there was none. @throws FORBIDDEN, BAD_USER_INPUT */
  async end(person: Person, input: EndAbsenceInput): Promise<Absence | null> {
    const practitionerId = await this.concerned(person, input.practitionerId);
    return this.timeline.commit((tx) => this.clear(tx, practitionerId));
  }

  of(practitionerId: string): Promise<Absence | null> {
    return this.dataSource.manager.findOneBy(Absence, { practitionerId });
  }

  private async clear(tx: TimelineTransaction, practitionerId: string): Promise<Absence | null> {
    const absence = await lockAbsence(tx.manager, practitionerId);
    if (!absence) return null;
    await this.standIns.end(tx, absence);
    await tx.manager.delete(Absence, { id: absence.id });
    return absence;
  }

  private async concerned(person: Person, practitionerId: string | null | undefined): Promise<string> {
    if (practitionerId == null || practitionerId.toLowerCase() === person.userId) return person.userId;
    return this.named(person, practitionerId, 'practitionerId');
  }

  /** Before anything is looked for: who may not name people does not hear whether they exist. */
  private async named({ platformRole }: Person, userId: string, field: string): Promise<string> {
    const mayName = platformRole === PlatformRole.SERVICE || platformRole === PlatformRole.ADMIN;
    if (!mayName) throw new ParleyError('FORBIDDEN', 'This is for the host to say', { field: `input.${field}` });
    await activePeople(this.dataSource, [userId], `input.${field}`);
    return userId.toLowerCase();
  }
}
