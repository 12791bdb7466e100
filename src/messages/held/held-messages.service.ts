import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../../auth/context.js';
import { connect, decodeCursor, encodeCursor, type ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { notFound, ParleyError } from '../../common/errors/errors.js';
import { isId } from '../../common/values/ids.js';
import { PlatformRole } from '../../policy/roles.js';
import { AddressedWriter } from '../../timeline/addressed-writer.js';
import type { Message } from '../../timeline/log/message.entity.js';
import { type HeldMessage, HeldMessageStatus } from './held-message.entity.js';
import { heldMessage, heldMessages, markRefused, markReleased } from './held-messages.queries.js';

const seesSensitive = ({ platformRole }: Viewer): boolean => platformRole !== PlatformRole.SUPPORT;

/** What somebody decides about messages that are held. */
@Injectable()
export class HeldMessages {
  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: AddressedWriter,
  ) {}

  async waiting(viewer: Viewer, page: ForwardPageArgs) {
    const size = pageSize(page.first);
    const [after = null] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const found = await heldMessages(this.dataSource, after, seesSensitive(viewer), size + 1);
    return connect(found.slice(0, size), ({ id }) => encodeCursor([id]), { next: found.length > size, previous: page.after != null });
  }

  /**
   * Sends it in its sender's name, once, however often this is called; whether the sender still may is judged now.
   *
   * @throws NOT_FOUND, CONFLICT (it was refused); otherwise as `AddressedWriter.send`
   */
  async release(viewer: Viewer, id: string): Promise<Message> {
    const held = await this.one(viewer, id);
    if (held.status === HeldMessageStatus.REFUSED) throw new ParleyError('CONFLICT', 'This message was refused');
    const { roomId, senderId, kind, content, metadata, replyToId, clientFingerprint } = held;
    const address = (held.recipientId ?? held.facilityId) ? { recipientId: held.recipientId, facilityId: held.facilityId } : null;
    const draft = { roomId, senderId, kind, content, metadata, replyToId, clientFingerprint, address };
    const message = await this.writer.send({ ...draft, clientId: held.clientId ?? `held:${held.id}` });
    await markReleased(this.dataSource, held.id, message.id, viewer.userId);
    return message;
  }

  /** @throws NOT_FOUND, CONFLICT (it was released) */
  async refuse(viewer: Viewer, id: string, reason: string): Promise<HeldMessage> {
    const held = await this.one(viewer, id);
    if (held.status !== HeldMessageStatus.REFUSED && !(await markRefused(this.dataSource, held.id, reason, viewer.userId)))
      throw new ParleyError('CONFLICT', 'This message was released');
    return this.one(viewer, id);
  }

  private async one(viewer: Viewer, id: string): Promise<HeldMessage> {
    const held = isId(id) ? await heldMessage(this.dataSource, id, seesSensitive(viewer)) : null;
    if (!held) throw notFound();
    return held;
  }
}
