import { v5 } from 'uuid';
import { isId } from '../../../common/values/ids.js';
import { MessageAdded, type MessageChanged } from '../../../timeline/log/entry.js';
import { type Message, MessageKind, type Metadata } from '../../../timeline/log/message.entity.js';
import { noticeOf } from '../../../timeline/log/notice.js';
import type { Reacted, Surroundings } from '../log/dispatch.queries.js';
import type { Reading } from '../log/reads.queries.js';

/** The shape of what endpoints are sent. A new day here means a new shape, and endpoints that were made before keep theirs. */
export const API_VERSION = '2026-11-01';

/** Only the system sends these, so nobody can make one up. */
const TRANSITION_KINDS: ReadonlySet<MessageKind> = new Set([
  MessageKind.ORDER_UPDATE,
  MessageKind.DELIVERY_UPDATE,
  MessageKind.PAYMENT,
  MessageKind.DISPUTE,
  MessageKind.JOB_UPDATE,
  MessageKind.APPOINTMENT,
  MessageKind.SYSTEM_UPLOAD,
  MessageKind.STUDY_UPDATE,
]);

/** What happened, before the room and the people are put beside it. */
export interface WebhookEvent {
  type: string;
  timestamp: Date;
  data: Record<string, unknown>;
  /** Ids of the people whom it speaks of. */
  people: string[];
}

type Transition = Metadata & { transitionId: string; aggregate: string; event: string };

function transitionOf({ kind, metadata }: Message): Transition | null {
  if (!TRANSITION_KINDS.has(kind) || metadata === null) return null;
  const { transitionId, aggregate, event } = metadata;
  const isOne = [transitionId, aggregate, event].every((value) => typeof value === 'string');
  return isOne ? (metadata as Transition) : null;
}

const peopleIn = (...ids: unknown[]): string[] => [...new Set(ids.filter(isId))];

const shown = (message: Message) => ({
  id: message.id,
  kind: message.kind,
  senderId: message.senderId,
  content: message.content,
  metadata: message.metadata,
  replyToId: message.replyToId,
  clientId: message.clientId,
  createdAt: message.createdAt,
  editedAt: message.editedAt,
  deletedAt: message.deletedAt,
});

/** Where what people call a thing is not the name of its machine. */
const TYPES: Record<string, string> = { job_offer: 'offer' };

/** As types of events begin; an endpoint may still ask by the machine's name. */
export const typeOf = (type: string): string => {
  const [aggregate = '', ...rest] = type.split('.');
  return [TYPES[aggregate] ?? aggregate, ...rest].join('.');
};

/** One entry of a room's log is one event. What carries a transition is that transition and not a message beside it. */
export function toWebhookEvent(entry: MessageAdded | MessageChanged, reacted?: Reacted): WebhookEvent {
  const { message, revision, sequence } = entry;
  const place = { revision, sequence };
  if (!(entry instanceof MessageAdded)) {
    const type = message.deletedAt ? 'message.deleted' : 'message.updated';
    const { reactions = [], reactedAt = null } = reacted ?? {};
    const lastChange = reactedAt && reactedAt > (message.editedAt ?? message.createdAt) ? reactedAt : message.editedAt;
    const timestamp = message.deletedAt ?? lastChange ?? message.createdAt;
    const people = peopleIn(message.senderId, message.deletedBy, ...reactions.flatMap(({ userIds }) => userIds));
    return { type, timestamp, data: { ...place, message: { ...shown(message), reactions } }, people };
  }
  const timestamp = message.createdAt;
  const transition = transitionOf(message);
  if (transition) {
    const type = typeOf(`${transition.aggregate}.${transition.event}`);
    return { type, timestamp, data: { ...place, messageId: message.id, transition }, people: peopleIn(transition.actorId) };
  }
  const notice = noticeOf(message);
  if (notice) {
    const people = peopleIn(notice.userId, notice.actorId);
    return { type: notice.event, timestamp, data: { ...place, messageId: message.id, text: message.content, notice }, people };
  }
  return { type: 'message.created', timestamp, data: { ...place, message: shown(message) }, people: peopleIn(message.senderId) };
}

/** That somebody has read up to a place of a room. It is no entry of the log, and has no revision. */
export const readEvent = ({ user_id: userId, up_to_sequence: sequence, at: readAt }: Reading): WebhookEvent => ({
  type: 'message.read',
  timestamp: readAt,
  data: { sequence, userId, readAt },
  people: [userId],
});

/** What is sent: the event with its room, and with what the host calls its people. */
export function bodyOf({ type, timestamp, data, people }: WebhookEvent, roomId: string, around: Surroundings): string {
  const room = { id: roomId, code: around.code, kind: around.kind };
  const known = people.flatMap((id) => (around.people[id] === undefined ? [] : [{ id, externalId: around.people[id] }]));
  return JSON.stringify({ type, timestamp, data: { room, ...data, people: known } });
}

/** The same for every attempt, on every node and for a replay: receivers know by it what they have had. */
export const webhookId = (endpointId: string, roomId: string, revision: number): string => `evt_${v5(`${roomId}:${revision}`, endpointId)}`;

export const readWebhookId = (endpointId: string, roomId: string, { user_id, up_to_sequence }: Reading): string =>
  `evt_${v5(`${roomId}:${user_id}:${up_to_sequence}`, endpointId)}`;
