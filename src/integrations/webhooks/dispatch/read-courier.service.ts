import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { newId } from '../../../common/values/ids.js';
import type { WebhookEndpoint } from '../endpoint/webhook-endpoint.entity.js';
import { Attempts } from '../log/attempts.service.js';
import { type Claimed, surroundingsOf } from '../log/dispatch.queries.js';
import { beginRead, raiseReads, type Reading, settleRead, untoldReads } from '../log/reads.queries.js';
import { bodyOf, readEvent, readWebhookId } from './webhook-event.js';

/** Whether an endpoint is told of reading: only who names it, because there is much of it. */
export const asksForReads = ({ events }: Pick<WebhookEndpoint, 'events'>): boolean => events.includes('message.read');

/**
 * Tells an endpoint up to where people have read. Positions are no part of the log, and the log does not wait for them: they are told by
 * whoever carries the room, after what there is in it, and the latest of each person only. What fails is tried again with what is the
 * latest then.
 */
@Injectable()
export class ReadCourier {
  constructor(
    private readonly dataSource: DataSource,
    private readonly attempts: Attempts,
    private readonly clock: Clock,
  ) {}

  async carry(endpoint: WebhookEndpoint, at: Claimed, stop: AbortSignal): Promise<void> {
    const readings = await untoldReads(this.dataSource, at, this.clock.now());
    const people = readings.map(({ user_id }) => user_id);
    const around = readings.length > 0 && (await surroundingsOf(this.dataSource, at.room_id, people));
    if (!around) return;
    for (const reading of readings) {
      const body = bodyOf(readEvent(reading), at.room_id, around);
      if (stop.aborted || !(await this.tell(endpoint, at, reading, body, stop))) return;
    }
  }

  /** After the room was let go: who has read meanwhile rang while nobody could take it. */
  lookAgain({ room_id, endpoint_id }: Claimed): Promise<void> {
    return raiseReads(this.dataSource, [room_id], [endpoint_id], this.clock.now());
  }

  /** False where the room is no longer this node's. */
  private async tell(endpoint: WebhookEndpoint, at: Claimed, reading: Reading, body: string, stop: AbortSignal): Promise<boolean> {
    const delivery = { id: newId(), webhookId: readWebhookId(endpoint.id, at.room_id, reading), url: endpoint.url };
    const begun = await beginRead(this.dataSource, at, reading, delivery, this.clock.now(), this.attempts.leaseEnd());
    if (!begun) return false;
    const answer = await this.attempts.post(endpoint, delivery.webhookId, begun.attempt, body, stop);
    // Nobody knows what became of it: the next node asks.
    if (stop.aborted && answer.code === null) return false;
    const result = this.attempts.judge(answer, reading.failures + 1);
    if (!(await this.attempts.counts(endpoint, result))) return false;
    const isOurs = await settleRead(this.dataSource, at, begun.id, reading, result, this.clock.now(), this.attempts.leaseEnd());
    await this.attempts.note(endpoint, answer, result);
    return isOurs;
  }
}
