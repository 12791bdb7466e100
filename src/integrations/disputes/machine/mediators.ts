import { bringIn, takeOut } from '../../../participants/seats/seats.js';
import { findParticipant } from '../../../participants/seats/participants.queries.js';
import { ParticipantRole } from '../../../policy/roles.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { mediatesElsewhere } from '../dispute/disputes.queries.js';

type DisputeMove = Move<Dispute>;

export async function letIn({ tx, subject, actor }: DisputeMove): Promise<void> {
  const { roomId, mediatorId } = subject;
  if (mediatorId) await bringIn(tx, roomId, { userId: mediatorId, role: ParticipantRole.MEDIATOR }, actor.userId);
}

/** Takes the seat that the mediator has because of this dispute, unless another one of the room needs them, or they are something else there now. */
export async function showOut({ tx, subject, manager, actor }: DisputeMove, reason: string): Promise<void> {
  const { id, roomId, mediatorId, mediatorIsGuest } = subject;
  if (!mediatorId || !mediatorIsGuest || (await mediatesElsewhere(manager, id, roomId, mediatorId))) return;
  const seat = await findParticipant(manager, roomId, mediatorId);
  if (seat?.role === ParticipantRole.MEDIATOR) await takeOut(tx, roomId, mediatorId, reason, actor.userId);
}
