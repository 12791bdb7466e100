import type { MessageKind } from '../../timeline/log/message.entity.js';
import type { Told } from '../settings/notification-rule.js';

/** A message as the statements of notifications read it. */
export interface ToldRow {
  kind: MessageKind;
  sender_id: string | null;
  actor_id: string | null;
  mentions: unknown;
  answers: string | null;
  addressed_to: string | null;
}

/** Anybody can write anything into `metadata`: what is no list of texts names nobody. */
const namesIn = (mentions: unknown): string[] => (Array.isArray(mentions) ? mentions.filter((one) => typeof one === 'string') : []);

export function toldOf({ kind, sender_id: senderId, actor_id: actorId, mentions, answers, addressed_to: addressedTo }: ToldRow): Told {
  const names = [...namesIn(mentions), ...[answers, addressedTo].filter((id) => id !== null)];
  // Only the system says who has taken a step.
  return { kind, senderId, actorId: senderId === null ? actorId : null, names };
}
