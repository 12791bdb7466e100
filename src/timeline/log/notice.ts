import type { Draft } from './append.queries.js';
import { MessageKind, type Message, type Metadata } from './message.entity.js';

/** What a SYSTEM message is about. It stands in `metadata.event`. */
export type NoticeEvent =
  | 'room.created'
  | 'room.updated'
  | 'room.closed'
  | 'room.reopened'
  | 'room.archived'
  | 'room.deleted'
  | 'participant.added'
  | 'participant.joined'
  | 'participant.left'
  | 'participant.removed'
  | 'participant.roleChanged'
  | 'participant.muted'
  | 'participant.unmuted'
  | 'participant.blocked'
  | 'participant.unblocked'
  | 'participant.away'
  | 'transition.requested'
  | 'transition.declined';

/** What the text of a message says beyond its metadata, for other languages: names, amounts, and which of several texts it is. */
export type Words = Record<string, string | number | null>;

/** `userId` is the person concerned; `actorId` who did it, null for a timer. */
export type Notice = Metadata & { event: NoticeEvent; actorId: string | null; userId?: string; reason?: string; words?: Words };

const ENDS_ACCESS: ReadonlySet<unknown> = new Set<NoticeEvent>(['participant.left', 'participant.removed', 'participant.blocked']);

/** The system's message about a change of the room; it is written in the transaction of that change. */
export const noticeDraft = (roomId: string, content: string, notice: Notice): Draft => ({
  roomId,
  senderId: null,
  kind: MessageKind.SYSTEM,
  content,
  metadata: notice,
  replyToId: null,
  clientId: null,
});

/** The notice in a SYSTEM message; null in any other. */
export const noticeOf = (message: Message): Notice | null =>
  message.kind === MessageKind.SYSTEM && typeof message.metadata?.event === 'string' ? (message.metadata as Notice) : null;

/** Whose access ends with this message. */
export function cutOffBy(message: Message): string | 'everybody' | null {
  const notice = noticeOf(message);
  if (notice?.event === 'room.deleted') return 'everybody';
  return notice?.userId && ENDS_ACCESS.has(notice.event) ? notice.userId : null;
}
