import { ParleyError } from '../../common/errors/errors.js';
import { type ParticipantRole, ParticipantStatus } from '../../policy/roles.js';
import { noticeDraft } from '../../timeline/log/notice.js';
import type { TimelineTransaction } from '../../timeline/timeline.service.js';
import { activePeople, findParticipant, freeSeats, namesOf, seat, setStatus } from './participants.queries.js';
import { recount } from './recount.js';

/** Whose step it follows from; null for a timer or the host. */
type By = string | null;

/**
 * Gives somebody a seat because of a step, under the room's lock. Who has one keeps it, with their role.
 *
 * @throws BAD_USER_INPUT (no such person), CONFLICT (blocked here), ROOM_FULL
 */
export async function bringIn(
  tx: TimelineTransaction,
  roomId: string,
  person: { userId: string; role: ParticipantRole; shareHistory?: boolean },
  by: By = null,
): Promise<void> {
  const { manager } = tx;
  const { userId, role, shareHistory = true } = person;
  const present = await findParticipant(manager, roomId, userId);
  if (present?.status === ParticipantStatus.BLOCKED) throw new ParleyError('CONFLICT', 'This person is blocked in the room');
  if (present && present.status !== ParticipantStatus.LEFT) return;
  const names = await activePeople(manager, [userId], 'input.userId');
  if ((await freeSeats(manager, roomId)) < 1) throw new ParleyError('ROOM_FULL');
  await seat(manager, roomId, { userId, role, shareHistory });
  await recount(manager, roomId);
  const whom = names.get(userId.toLowerCase()) ?? 'Somebody';
  const notice = { event: 'participant.added' as const, actorId: by, userId, role, words: { whom, variant: 'step' } };
  await tx.append(noticeDraft(roomId, `${whom} was added`, notice));
}

/** Takes somebody's seat because of a step, under the room's lock. Who has none stays as they are. */
export async function takeOut(tx: TimelineTransaction, roomId: string, userId: string, reason: string, by: By = null): Promise<void> {
  const { manager } = tx;
  const present = await findParticipant(manager, roomId, userId);
  if (present?.status !== ParticipantStatus.ACTIVE && present?.status !== ParticipantStatus.MUTED) return;
  await setStatus(manager, present, ParticipantStatus.LEFT, { reason });
  await recount(manager, roomId);
  const names = await namesOf(manager, [userId]);
  const whom = names.get(userId) ?? 'Somebody';
  const notice = { event: 'participant.removed' as const, actorId: by, userId, reason, words: { whom, variant: 'step' } };
  await tx.append(noticeDraft(roomId, `${whom} left: ${reason}`, notice));
}
