import type { DataSource } from 'typeorm';
import { newId } from '../../../src/common/values/ids.js';
import { Participant } from '../../../src/participants/seats/participant.entity.js';
import { Room } from '../../../src/rooms/room/room.entity.js';
import type { Draft } from '../../../src/timeline/log/append.queries.js';
import { Message } from '../../../src/timeline/log/message.entity.js';

/** How one usually writes it, with the same tables: a transaction for each message, through TypeORM. */
export function sendConventionally(dataSource: DataSource, draft: Draft): Promise<Message> {
  const { roomId, content, kind } = draft;
  const userId = draft.senderId ?? '';
  return dataSource.transaction(async (manager) => {
    const participant = await manager.getRepository(Participant).findOneBy({ roomId, userId });
    if (participant?.status !== 'ACTIVE') throw new Error('not in this room');
    const room = await manager.getRepository(Room).findOneOrFail({ where: { id: roomId }, lock: { mode: 'pessimistic_write' } });
    if (room.status !== 'OPEN') throw new Error('the room is closed');
    const sequence = room.lastSequence + 1;
    const revision = room.revision + 1;
    const createdAt = new Date();
    const message = Object.assign(new Message(), { ...draft, id: newId(), sequence, revision, createdRevision: revision, createdAt });
    await manager.getRepository(Message).insert({ ...message, metadata: null });
    await manager.getRepository(Room).update(roomId, {
      lastSequence: sequence,
      revision,
      lastMessagePreview: content?.slice(0, 200) ?? null,
      lastMessageKind: kind,
      lastMessageSenderId: userId,
      lastMessageAt: createdAt,
      lastActivityAt: createdAt,
    });
    return message;
  });
}
