import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ParleyError } from '../../common/errors/errors.js';
import { newId } from '../../common/values/ids.js';
import type { ActingRole } from '../../policy/policy.js';
import { AddressedWriter } from '../../timeline/addressed-writer.js';
import { type Draft, fingerprint } from '../../timeline/log/append.queries.js';
import type { Message } from '../../timeline/log/message.entity.js';
import { AfterSend } from './after-send.js';
import { BeforeSend, rejected } from './before-send.js';
import { HeldMessageStatus } from './held-message.entity.js';
import { holdMessage, type Known, knownOf } from './held-messages.queries.js';

const isHeld = (heldMessageId: string, clientId: string | null) => new ParleyError('MESSAGE_HELD', undefined, { heldMessageId, clientId });

/** A message's way to the writer, past those who have a say before and those who hear of it. Where there are none it costs nothing. */
@Injectable()
export class JudgedSends {
  constructor(
    private readonly dataSource: DataSource,
    private readonly beforeSend: BeforeSend,
    private readonly writer: AddressedWriter,
    private readonly afterSend: AfterSend,
  ) {}

  /** @throws MESSAGE_HELD, FORBIDDEN with the judge's reason, UNAVAILABLE without a verdict; otherwise as `AddressedWriter.send` */
  send(draft: Draft, role: ActingRole): Promise<Message> {
    const sent = this.beforeSend.concerns(draft.roomId) ? this.judged(draft) : this.writer.send(draft);
    return this.afterSend.concerns(role) ? sent.then((message) => this.afterSend.tell(role, message)) : sent;
  }

  /** A retry is not judged anew: it hears what the first attempt heard, or what has been decided since. */
  private async judged(draft: Draft): Promise<Message> {
    const clientFingerprint = fingerprint(draft);
    const known = await knownOf(this.dataSource, draft, clientFingerprint);
    if (!known || known.is_sent) return this.writer.send(draft);
    if (known.held_id !== null) return this.repeat(draft, known.held_id, known);
    const asked = { draft, messageId: null, roomKind: known.room_kind, senderExternalId: known.external_id };
    const verdict = await this.beforeSend.judge(asked);
    switch (verdict.verdict) {
      case 'allow':
        return this.writer.send(draft);
      case 'rewrite':
        return this.writer.send({ ...draft, content: verdict.content, clientFingerprint });
      case 'reject':
        throw rejected(verdict.reason);
      case 'unavailable':
        throw new ParleyError('UNAVAILABLE');
      case 'hold':
        throw isHeld(await holdMessage(this.dataSource, newId(), { ...draft, clientFingerprint }, verdict.reason), draft.clientId);
    }
  }

  private async repeat(draft: Draft, heldId: string, { status, reason, same_content }: Known): Promise<Message> {
    if (!same_content) throw new ParleyError('IDEMPOTENCY_CONFLICT', undefined, { field: 'input.clientId' });
    if (status === HeldMessageStatus.HELD) throw isHeld(heldId, draft.clientId);
    if (status === HeldMessageStatus.REFUSED) throw rejected(reason ?? '');
    return this.writer.send(draft);
  }
}
