import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { ParleyError } from '../../common/errors/errors.js';
import { lockRoom } from '../../participants/membership/membership.js';
import { findParticipant, namesOf } from '../../participants/seats/participants.queries.js';
import { bringIn, takeOut } from '../../participants/seats/seats.js';
import { ParticipantRole, ParticipantStatus } from '../../policy/roles.js';
import type { Message } from '../../timeline/log/message.entity.js';
import { noticeDraft } from '../../timeline/log/notice.js';
import { Timeline, type TimelineTransaction } from '../../timeline/timeline.service.js';
import { Deadlines } from '../../transitions/deadlines/deadlines.service.js';
import { Absence, AbsenceReply } from './absence.entity.js';
import { holdAbsence, keepReply, standInsOf, untoldAbsence } from './absences.queries.js';

/** The deadline at which a delegate leaves. */
export const ABSENCE_ENDS = 'absence.ends';
const subjectOf = (replyId: string, roomId: string) => ({ aggregate: 'absence', id: replyId, roomId });
const WHY = 'the absence is over';

/** A word that may be absent, and whether it is there: "hasNote", "note". */
const optional = (name: 'Instead' | 'Note', word: string | null) => ({
  [`has${name}`]: word === null ? 'no' : 'yes',
  [name.toLowerCase()]: word,
});

/** What a room hears of an absence, and who stands in there. An absence is locked before its rooms. */
@Injectable()
export class StandIns {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly deadlines: Deadlines,
    private readonly clock: Clock,
  ) {}

  /** A patient has written: their room hears once that the practitioner is away, and the delegate gets a seat. */
  async answer({ roomId, senderId }: Message): Promise<void> {
    const absenceId = senderId && (await untoldAbsence(this.dataSource, roomId, senderId, this.clock.now()));
    if (!absenceId) return;
    await this.timeline.commit(async (tx) => {
      const absence = await holdAbsence(tx.manager, absenceId);
      if (!absence) return;
      await lockRoom(tx.manager, roomId);
      const replyId = await keepReply(tx.manager, absence.id, roomId);
      if (replyId !== null) await this.tell(tx, absence, replyId, roomId);
    });
  }

  /** All delegates of it leave, before it is over. */
  async end(tx: TimelineTransaction, { id: absenceId, delegateId }: Absence): Promise<void> {
    for (const { id, room_id: roomId } of await standInsOf(tx.manager, absenceId)) {
      await lockRoom(tx.manager, roomId);
      if (delegateId) await takeOut(tx, roomId, delegateId, WHY);
      await this.deadlines.drop(tx.manager, subjectOf(id, roomId), () => true);
    }
  }

  /** In one room, at its end. Its room is locked. */
  async leave(tx: TimelineTransaction, replyId: string): Promise<void> {
    const { absenceId, roomId } = await tx.manager.findOneByOrFail(AbsenceReply, { id: replyId });
    const { delegateId } = await tx.manager.findOneByOrFail(Absence, { id: absenceId });
    if (delegateId) await takeOut(tx, roomId, delegateId, WHY);
    await tx.manager.update(AbsenceReply, { id: replyId }, { hasStandIn: false });
  }

  private async tell(tx: TimelineTransaction, absence: Absence, replyId: string, roomId: string): Promise<void> {
    const { practitionerId, delegateId, untilAt, note } = absence;
    const isThere = delegateId !== null && (await this.seat(tx, absence, replyId, roomId));
    const names = await namesOf(tx.manager, [practitionerId, ...(isThere ? [delegateId] : [])]);
    const whom = names.get(practitionerId) ?? 'Somebody';
    const answers = isThere ? (names.get(delegateId) ?? null) : null;
    const away = `${whom} is away until ${untilAt.toISOString().slice(0, 10)}`;
    const instead = answers === null ? '' : `, and ${answers} answers instead`;
    const notice = { event: 'participant.away' as const, actorId: null, userId: practitionerId, untilAt: untilAt.toISOString() };
    const words = { whom, until: notice.untilAt, ...optional('Instead', answers), ...optional('Note', note) };
    const content = `${away}${instead}${note === null ? '' : `: ${note}`}`;
    await tx.append(noticeDraft(roomId, content, { ...notice, delegateId: isThere ? delegateId : null, words }));
  }

  /** Whether the delegate is there now. Who may not be is not brought in, and patients hear of the absence all the same. */
  private async seat(tx: TimelineTransaction, { delegateId, untilAt }: Absence, replyId: string, roomId: string): Promise<boolean> {
    const userId = delegateId!;
    const present = await findParticipant(tx.manager, roomId, userId);
    if (present?.status === ParticipantStatus.ACTIVE || present?.status === ParticipantStatus.MUTED) return true;
    try {
      await bringIn(tx, roomId, { userId, role: ParticipantRole.PRACTITIONER });
    } catch (error) {
      if (error instanceof ParleyError) return false;
      throw error;
    }
    await tx.manager.update(AbsenceReply, { id: replyId }, { hasStandIn: true });
    await this.deadlines.set(tx.manager, subjectOf(replyId, roomId), ABSENCE_ENDS, untilAt);
    return true;
  }
}
