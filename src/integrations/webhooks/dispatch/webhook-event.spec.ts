import { describe, expect, test } from '@jest/globals';
import { newId } from '../../../common/values/ids.js';
import { MessageAdded, MessageChanged } from '../../../timeline/log/entry.js';
import { Message, MessageKind } from '../../../timeline/log/message.entity.js';
import { toWebhookEvent, typeOf as nameOf, webhookId } from './webhook-event.js';

const ADA = newId();

const aMessage = (fields: Partial<Message>): Message =>
  Object.assign(new Message(), {
    id: newId(),
    roomId: newId(),
    sequence: 3,
    createdRevision: 4,
    revision: 4,
    kind: MessageKind.TEXT,
    senderId: ADA,
    content: 'x',
    metadata: null,
    createdAt: new Date('2026-11-01T10:00:00Z'),
    editedAt: null,
    deletedAt: null,
    ...fields,
  });

const typeOf = (fields: Partial<Message>) => toWebhookEvent(new MessageAdded(aMessage(fields))).type;
const TRANSITION = { transitionId: newId(), aggregate: 'order', event: 'place', from: null, to: 'PLACED', version: 1, actorId: ADA };

describe('an entry of the log', () => {
  test('is a message that was created, changed or deleted', () => {
    expect(typeOf({})).toBe('message.created');
    const changed = aMessage({ revision: 9, editedAt: new Date('2026-11-01T11:00:00Z') });
    expect(toWebhookEvent(new MessageChanged(changed))).toMatchObject({
      type: 'message.updated',
      timestamp: changed.editedAt,
      data: { revision: 9, sequence: 3 },
    });
    expect(toWebhookEvent(new MessageChanged(aMessage({ revision: 9, deletedAt: new Date(), deletedBy: ADA }))).type).toBe(
      'message.deleted',
    );
  });

  test('that was changed by a reaction says which there are, from whom, and when', () => {
    const reactedAt = new Date('2026-11-01T12:00:00Z');
    const userId = newId();
    const reactions = [{ emoji: '👍', userIds: [userId] }];
    const changed = new MessageChanged(aMessage({ revision: 9, editedAt: new Date('2026-11-01T11:00:00Z') }));
    expect(toWebhookEvent(changed, { reactions, reactedAt })).toMatchObject({
      type: 'message.updated',
      timestamp: reactedAt,
      data: { message: { reactions } },
      people: [ADA, userId],
    });
  });

  test('of an offer for a job is an event of an offer, by whichever name it is asked for', () => {
    const metadata = { ...TRANSITION, aggregate: 'job_offer', event: 'make' };
    expect(typeOf({ kind: MessageKind.JOB_UPDATE, senderId: null, metadata })).toBe('offer.make');
    expect(['job_offer.*', 'offer.*', 'message.created', '*'].map(nameOf)).toEqual(['offer.*', 'offer.*', 'message.created', '*']);
  });

  test('is what a notice tells, with the people whom it is about', () => {
    const userId = newId();
    const notice = aMessage({ kind: MessageKind.SYSTEM, senderId: null, metadata: { event: 'participant.removed', actorId: ADA, userId } });
    expect(toWebhookEvent(new MessageAdded(notice))).toMatchObject({
      type: 'participant.removed',
      data: { notice: { userId } },
      people: [userId, ADA],
    });
    expect(typeOf({ kind: MessageKind.SYSTEM, metadata: { event: 'transition.requested', actorId: ADA } })).toBe('transition.requested');
  });

  test('is the transition that it carries, and no message beside it', () => {
    const event = toWebhookEvent(
      new MessageAdded(aMessage({ kind: MessageKind.ORDER_UPDATE, senderId: null, content: 'Placed', metadata: TRANSITION })),
    );
    expect(event).toMatchObject({ type: 'order.place', data: { transition: TRANSITION }, people: [ADA] });
    expect(event.data).not.toHaveProperty('message');
  });

  test('is never a transition or a notice that somebody made up', () => {
    expect(typeOf({ metadata: TRANSITION })).toBe('message.created');
    expect(typeOf({ metadata: { event: 'room.closed', actorId: ADA } })).toBe('message.created');
    expect(typeOf({ kind: MessageKind.PAYMENT, metadata: { note: 'no transition' } })).toBe('message.created');
  });
});

test('an id is that of the endpoint, the room and the revision', () => {
  const [endpoint, room] = [newId(), newId()];
  expect(webhookId(endpoint, room, 7)).toBe(webhookId(endpoint, room, 7));
  expect(new Set([webhookId(endpoint, room, 7), webhookId(endpoint, room, 8), webhookId(newId(), room, 7)]).size).toBe(3);
});
