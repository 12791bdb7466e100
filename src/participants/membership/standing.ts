import { ParticipantStatus } from '../../policy/roles.js';

interface Standing {
  status: ParticipantStatus;
  mutedUntil: Date | null;
}

/** As it is now: a mute that has run out is none, although nobody has lifted it. */
export function standingAt({ status, mutedUntil }: Standing, now: Date): Standing {
  const isOver = status === ParticipantStatus.MUTED && mutedUntil !== null && mutedUntil <= now;
  return isOver ? { status: ParticipantStatus.ACTIVE, mutedUntil: null } : { status, mutedUntil };
}
