import { badInput, ParleyError } from '../../../common/errors/errors.js';
import { isId } from '../../../common/values/ids.js';
import { activePeople, findParticipant } from '../../../participants/seats/participants.queries.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeParty } from '../dispute/dispute.enums.js';
import { mediatesAsGuest } from '../dispute/disputes.queries.js';
import { showOut } from './mediators.js';

type DisputeMove = Move<Dispute>;

/** @throws BAD_USER_INPUT where there is neither a message nor a text */
export function requireEvidence({ payload, confidential }: DisputeMove): void {
  const { messageIds = [] } = payload as { messageIds?: string[] };
  if (messageIds.length === 0 && !confidential['statement'])
    throw badInput('input.messageIds', 'Name messages, write a statement, or both');
}

/**
 * Who is in the room as something else stays that, so they cannot be its mediator. The one before loses the seat that they had for it.
 *
 * @throws BAD_USER_INPUT (a party), CONFLICT (has decided already, or has another role in the room)
 */
export async function chooseMediator(move: DisputeMove): Promise<void> {
  const { subject, manager, payload, at, config } = move;
  const userId = String(payload['userId']).toLowerCase();
  if (userId === subject.openedBy || userId === subject.against) throw badInput('input.userId', 'A party is no mediator');
  if (move.from === 'UNDER_APPEAL' && (userId === subject.decidedBy || userId === subject.confirmedBy)) {
    throw new ParleyError('CONFLICT', 'Who has decided does not hear the appeal');
  }
  if (!isId(userId)) throw badInput('input.userId', 'There is no such person');
  await activePeople(manager, [userId], 'input.userId');
  const seat = await findParticipant(manager, subject.roomId, userId);
  const isSeated = seat?.status === 'ACTIVE' || seat?.status === 'MUTED';
  if (isSeated && seat.role !== 'MEDIATOR') throw new ParleyError('CONFLICT', 'They have another role in the room');
  const isGuest = !isSeated || (await mediatesAsGuest(manager, subject.roomId, userId));
  if (subject.mediatorId !== userId) await showOut(move, 'another mediator was assigned');
  Object.assign(subject, { mediatorId: userId, mediatorIsGuest: isGuest, accessUntil: new Date(at.getTime() + config.disputes.accessMs) });
}

/** Before the deadlines of the step are set, so that nobody's time ends twice. */
export function endAccess({ subject }: DisputeMove): void {
  Object.assign(subject, { mediatorId: null, mediatorIsGuest: false, accessUntil: null });
}

/** Whoever is asked answers by then; a decision that was proposed before is off the table. */
export function askFor({ subject, payload, at, config }: DisputeMove): void {
  const dueAt = typeof payload['dueAt'] === 'string' ? new Date(payload['dueAt']) : new Date(at.getTime() + config.disputes.responseMs);
  if (dueAt <= at) throw badInput('input.dueAt', 'dueAt must lie in the future');
  subject.askedId = payload['from'] === DisputeParty.OPENER ? subject.openedBy : subject.against;
  subject.evidenceDueAt = dueAt;
  subject.proposedOutcome = subject.proposedAwardMinor = subject.proposedBy = null;
}
