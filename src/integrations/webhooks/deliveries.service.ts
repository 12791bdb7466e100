import { Injectable } from '@nestjs/common';
import { DataSource, type FindOptionsWhere, In, LessThan, MoreThanOrEqual, And } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { connect, decodeCursor, encodeCursor, type ForwardPageArgs, pageSize } from '../../common/connection.js';
import { badInput, notFound, ParleyError } from '../../common/errors.js';
import { isId, newId } from '../../common/ids.js';
import { Courier } from './dispatch/courier.service.js';
import { rewindRoom, tryAgain, tryAgainBetween } from './dispatch/deliveries.queries.js';
import { Dispatcher } from './dispatch/dispatcher.service.js';
import { Endpoints } from './endpoints.service.js';
import { WebhookDelivery, WebhookDeliveryStatus } from './dispatch/webhook-delivery.entity.js';
import type { ReplayedRoomInput, ReplayWebhooksInput, WebhookDeliveryFilter } from './webhooks.inputs.js';

/** The delivery log, and doing it again. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly dataSource: DataSource,
    private readonly endpoints: Endpoints,
    private readonly courier: Courier,
    private readonly dispatcher: Dispatcher,
    private readonly clock: Clock,
  ) {}

  /** Newest first. @throws NOT_FOUND */
  async log(endpointId: string, page: ForwardPageArgs, filter: WebhookDeliveryFilter) {
    await this.endpoints.one(endpointId);
    const size = pageSize(page.first);
    const [after] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const { statuses, roomId, type, from, to } = filter;
    const times = [...(from ? [MoreThanOrEqual(from)] : []), ...(to ? [LessThan(to)] : [])];
    const where: FindOptionsWhere<WebhookDelivery> = {
      endpointId,
      ...(after !== undefined && { id: LessThan(after) }),
      ...(statuses != null && { status: In(statuses) }),
      ...(roomId != null && { roomId }),
      ...(type != null && { type }),
      ...(times.length > 0 && { createdAt: And(...times) }),
    };
    const found = await this.dataSource.getRepository(WebhookDelivery).find({ where, order: { id: 'DESC' }, take: size + 1 });
    return connect(found.slice(0, size), ({ id }) => encodeCursor([id]), { next: found.length > size, previous: page.after != null });
  }

  /** How many deliveries begin anew. @throws NOT_FOUND, BAD_USER_INPUT, CONFLICT (it is on its way already) */
  async replay({ endpointId, deliveryId, room, time }: ReplayWebhooksInput): Promise<number> {
    await this.endpoints.one(endpointId);
    if ([deliveryId, room, time].filter((which) => which != null).length !== 1)
      throw badInput('input', 'Give a delivery, a room or a time, and only one of them');
    const count = deliveryId
      ? await this.replayOne(endpointId, deliveryId)
      : room
        ? await this.replayRoom(endpointId, room)
        : await tryAgainBetween(this.dataSource, endpointId, time!.from, time!.to, this.clock.now());
    this.dispatcher.look();
    return count;
  }

  /** One attempt, now; it is in the log like any other. */
  async test(endpointId: string): Promise<WebhookDelivery> {
    const endpoint = await this.endpoints.one(endpointId);
    const repository = this.dataSource.getRepository(WebhookDelivery);
    const now = this.clock.now();
    const id = newId();
    const webhookId = `evt_${id}`;
    const answer = await this.courier.post(endpoint, webhookId, 1, JSON.stringify({ type: 'webhook.test', timestamp: now, data: {} }));
    const { code, ms, status, error } = this.courier.judge(answer, 1);
    await repository.insert({
      ...{ id, endpointId, type: 'webhook.test', webhookId, attempt: 1, code, ms, error },
      status: status === WebhookDeliveryStatus.DELIVERED ? status : WebhookDeliveryStatus.DEAD,
      ...{ firstAttemptAt: now, createdAt: now, updatedAt: this.clock.now() },
    });
    return repository.findOneByOrFail({ id });
  }

  private async replayOne(endpointId: string, deliveryId: string): Promise<number> {
    const known = isId(deliveryId) && (await this.dataSource.getRepository(WebhookDelivery).existsBy({ id: deliveryId, endpointId }));
    if (!known) throw notFound();
    if (await tryAgain(this.dataSource, endpointId, deliveryId, this.clock.now())) return 1;
    throw new ParleyError('CONFLICT', 'It is on its way already, or was a test');
  }

  private async replayRoom(endpointId: string, { roomId, afterRevision = null, afterSequence = null }: ReplayedRoomInput): Promise<number> {
    if ((afterRevision === null) === (afterSequence === null)) throw badInput('input.room', 'Give afterRevision or afterSequence');
    const place = { id: roomId, afterRevision, afterSequence };
    const count = isId(roomId) ? await rewindRoom(this.dataSource, endpointId, place, this.clock.now()) : null;
    if (count === null) throw notFound();
    return count;
  }
}
