import { ParleyError } from '../../../common/errors/errors.js';
import type { Connection } from '../../../database/sql.js';
import { findMembership } from '../../../participants/membership/membership.js';
import { findParticipant } from '../../../participants/seats/participants.queries.js';
import type { SeatRule } from '../../../participants/seats/seat-rules.js';
import type { NoticeEvent } from '../../../timeline/log/notice.js';
import type { Machines } from '../../../transitions/machine/machines.js';
import { actorOf } from '../../../transitions/transitions.service.js';
import type { Dispute } from './dispute.entity.js';
import { isNeutral } from './dispute.rules.js';
import { liveDisputes } from './disputes.queries.js';
import { partIn, thingOf } from './sides.js';

/** What somebody has less by. To leave, and to give back, is nobody's harm. */
const TAKES_AWAY: ReadonlySet<NoticeEvent> = new Set<NoticeEvent>([
  'participant.removed',
  'participant.blocked',
  'participant.muted',
  'participant.roleChanged',
]);

/** Its parties and its mediator, and who else is on a side of the thing: they know what happened. */
async function concerns(connection: Connection, machines: Machines, dispute: Dispute, userId: string): Promise<boolean> {
  const { openedBy, against, mediatorId, roomId } = dispute;
  if ([openedBy, against, mediatorId].includes(userId)) return true;
  const seat = await findParticipant(connection, roomId, userId);
  return seat !== null && partIn(await thingOf(connection, machines, dispute), seat) !== null;
}

/** Who sells or runs the room can be a party: until a dispute is over they do not expel the other side, nor who judges them. */
export const disputeSeats =
  (machines: Machines): SeatRule =>
  async (connection, { roomId, actor, userId, event }) => {
    if (!TAKES_AWAY.has(event)) return undefined;
    const live = await liveDisputes(connection, roomId);
    const me = live.length > 0 ? await findMembership(connection, { id: roomId }, actor) : null;
    for (const dispute of live) {
      if (me && isNeutral(dispute, actorOf(me))) continue;
      if (!(await concerns(connection, machines, dispute, userId))) continue;
      const details = { field: 'input.userId', disputeId: dispute.id };
      return new ParleyError('CONFLICT', 'A dispute concerns this person: until it is over, only who is neutral in it does this', details);
    }
    return undefined;
  };
