import { badInput, ParleyError } from '../../../common/errors/errors.js';
import { isId, newId } from '../../../common/values/ids.js';
import type { Message, Metadata } from '../../../timeline/log/message.entity.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeEvidence } from '../dispute/dispute-file.entity.js';
import { evidenceOf, visibleMessages } from '../dispute/disputes.queries.js';
import { freeze } from './evidence.js';

const MAX_EVIDENCE = 500;
const NOT_HERE = 'Not all of these are messages of this room that you can see';

/** What is kept of a message. */
export const copyOf = ({
  id,
  sequence,
  revision,
  senderId,
  kind,
  content,
  metadata,
  replyToId,
  createdAt,
  editedAt,
}: Message): Metadata => ({
  ...{ kind: 'MESSAGE', messageId: id, sequence, revision, senderId, messageKind: kind, content, metadata, replyToId },
  createdAt: createdAt.toISOString(),
  editedAt: editedAt?.toISOString() ?? null,
});

/**
 * Copies what a step hands in: messages of the room that whoever hands them in can see, as they are now under the room's lock, and a text.
 * A message that is there already stays as it was taken first.
 *
 * @throws BAD_USER_INPUT (no such message here, or too much), CONFLICT (deleted)
 */
export async function handIn({ manager, subject, actor, payload, confidential, at: now }: Move<Dispute>): Promise<void> {
  // What has come late has a time of its own.
  const at = typeof payload['occurredAt'] === 'string' ? new Date(payload['occurredAt']) : now;
  const ids = [...new Set(((payload['messageIds'] ?? []) as string[]).map((id) => id.toLowerCase()))];
  if (!ids.every(isId)) throw badInput('input.messageIds', NOT_HERE);
  const messages = ids.length > 0 ? await visibleMessages(manager, subject.roomId, ids, actor.userId) : [];
  if (messages.length < ids.length) throw badInput('input.messageIds', NOT_HERE);
  if (messages.some(({ deletedAt }) => deletedAt)) throw new ParleyError('CONFLICT', 'One of the messages was deleted');
  const present = await evidenceOf(manager, subject.id);
  const isNew = ({ id }: Message) => !present.some(({ messageId }) => messageId === id);
  const copies: Metadata[] = messages.filter(isNew).map(copyOf);
  if (confidential['statement']) copies.push({ kind: 'TEXT', text: confidential['statement'] });
  if (copies.length === 0 && ids.length > 0) throw badInput('input.messageIds', 'All of these are evidence already');
  if (present.length + copies.length > MAX_EVIDENCE)
    throw badInput('input.messageIds', `A dispute takes ${MAX_EVIDENCE} pieces of evidence`);
  const own = { disputeId: subject.id, roomId: subject.roomId, by: actor.userId, at: at.toISOString() };
  for (const copy of copies) {
    const messageId = (copy['messageId'] as string | undefined) ?? null;
    const piece = { id: newId(), disputeId: subject.id, messageId, byId: actor.userId, at, ...freeze({ ...copy, ...own }) };
    await manager.insert(DisputeEvidence, piece as never);
  }
}
