import { Injectable } from '@nestjs/common';
import { ParleyError } from '../common/errors/errors.js';
import { metrics } from '../common/telemetry/metrics.js';
import { run } from '../database/sql.js';
import type { Draft, Judged } from './log/append.queries.js';
import type { Address } from './log/message-address.entity.js';
import type { Message } from './log/message.entity.js';
import { isPostgresError, isRace, MessageWriter, refusalOf } from './message-writer.js';
import { ReceiptAdvanced } from './log/read-position.js';
import { Timeline, type TimelineTransaction } from './timeline.service.js';

const MAX_ATTEMPTS = 5;

const ADDRESS = {
  name: 'address_message',
  text: 'insert into message_addresses (message_id, recipient_id, facility_id, sender_id, client_id) values ($1, $2, $3, $4, $5)',
};

const isOtherAddress = (error: unknown) => isPostgresError(error) && error.constraint === 'message_addresses_sender_id_client_id_key';

/**
 * A message to somebody and its address are one commit, and for that it goes without company. All others share theirs, in `MessageWriter`,
 * which pays nothing for this.
 */
@Injectable()
export class AddressedWriter {
  constructor(
    private readonly timeline: Timeline,
    private readonly writer: MessageWriter,
  ) {}

  /** @throws what `MessageWriter.send` throws; IDEMPOTENCY_CONFLICT also where the key was used for another address */
  send(draft: Draft): Promise<Message> {
    return draft.address ? this.write(draft, draft.address) : this.writer.send(draft);
  }

  private async write(draft: Draft, address: Address, attempt = 1): Promise<Message> {
    try {
      const verdict = await this.timeline.commit((tx) => this.append(tx, draft, address));
      if (verdict.outcome === 'APPENDED') {
        metrics.appended.inc({ kind: draft.kind });
        return verdict.message;
      }
      // It is there for good: what is left is to find it, or to say that it is another one.
      if (verdict.outcome === 'REPEATED') return await this.writer.send(draft);
      throw refusalOf(verdict);
    } catch (error) {
      if (isOtherAddress(error)) throw new ParleyError('IDEMPOTENCY_CONFLICT', undefined, { field: 'input.clientId' });
      if (attempt < MAX_ATTEMPTS && isRace(error)) return this.write(draft, address, attempt + 1);
      throw error;
    }
  }

  private async append(tx: TimelineTransaction, draft: Draft, { recipientId, facilityId }: Address): Promise<Judged> {
    const verdict = await tx.write(draft);
    if (verdict.outcome !== 'APPENDED') return verdict;
    const { id, roomId, senderId, clientId, sequence } = verdict.message;
    await run(tx.manager, ADDRESS, [id, recipientId, facilityId, senderId, clientId]);
    if (verdict.hasRead && senderId) tx.notice(roomId, new ReceiptAdvanced(senderId, sequence, sequence));
    return verdict;
  }
}
