import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { type Config, CONFIG } from '../config/config.js';
import { run } from '../database/sql.js';
import type { Person } from '../participants/membership/membership.js';
import type { RoomKind } from '../rooms/room/room.entity.js';
import type { Message, MessageKind, Metadata } from '../timeline/log/message.entity.js';
import { BeforeSend, rejected, type Verdict } from './held/before-send.js';
import { masked } from './message/masked.js';
import { MessageChanges } from './message-changes.service.js';
import type { EditMessageInput } from './message/messages.inputs.js';

interface Edited {
  kind: MessageKind;
  metadata: Metadata | null;
  reply_to_id: string | null;
  client_id: string | null;
  room_kind: RoomKind;
  external_id: string;
}

/** What a judge wants to know of a message that its sender edits. Nothing for one that they cannot edit anyway. */
const EDITED = {
  name: 'known_before_edit',
  text: `
select m.kind, m.metadata, m.reply_to_id, m.client_id, r.kind as room_kind, u.external_id
from messages m join rooms r on r.id = m.room_id join users u on u.id = m.sender_id
where m.room_id = $1 and m.id = $2 and m.sender_id = $3 and m.deleted_at is null`,
};

/** An edit's way past those who have a say, before its transaction. Where there are none it costs nothing. */
@Injectable()
export class JudgedEdits {
  constructor(
    private readonly dataSource: DataSource,
    private readonly beforeSend: BeforeSend,
    private readonly changes: MessageChanges,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * An edit does not wait: one that would be held is refused, and the message stays as it is.
   *
   * @throws FORBIDDEN with the judge's reason, UNAVAILABLE without a verdict; otherwise as `MessageChanges.edit`
   */
  async edit(actor: Person, input: EditMessageInput): Promise<Message> {
    if (!this.beforeSend.concerns(input.roomId)) return this.changes.edit(actor, input);
    const verdict = await this.judge(actor, input);
    switch (verdict.verdict) {
      case 'allow':
        return this.changes.edit(actor, input);
      case 'rewrite':
        return this.changes.edit(actor, { ...input, content: verdict.content });
      case 'reject':
        throw rejected(verdict.reason);
      case 'hold':
        throw rejected(verdict.reason ?? 'An edit does not wait until somebody has looked at it');
      case 'unavailable':
        throw new ParleyError('UNAVAILABLE');
    }
  }

  private async judge({ userId: senderId }: Person, { roomId, messageId, ...input }: EditMessageInput): Promise<Verdict> {
    const [message] = isId(messageId) ? await run<Edited>(this.dataSource, EDITED, [roomId, messageId, senderId]) : [];
    if (!message) return { verdict: 'allow' };
    const { kind, reply_to_id: replyToId, client_id: clientId, room_kind: roomKind, external_id: senderExternalId } = message;
    const metadata = input.metadata === undefined ? message.metadata : input.metadata;
    const draft = { roomId, senderId, kind, content: masked(this.config, input.content), metadata, replyToId, clientId };
    return this.beforeSend.judge({ draft, messageId, roomKind, senderExternalId });
  }
}
