import { Injectable } from '@nestjs/common';
import { DataSource, type FindOptionsWhere, In, LessThan, MoreThanOrEqual, And } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { connect, decodeCursor, encodeCursor, type ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId, newId } from '../../common/values/ids.js';
import { Attempts } from './log/attempts.service.js';
import { rewindRoom, tryAgain, tryAgainBetween } from './log/deliveries.queries.js';
import { Dispatcher } from './dispatch/dispatcher.service.js';
import { asksForReads } from './dispatch/read-courier.service.js';
import { rewindReads, tellReadAgain, tellReadsAgain } from './log/read-replays.queries.js';
import { raiseReads } from './log/reads.queries.js';
import type { WebhookEndpoint } from './endpoint/webhook-endpoint.entity.js';
import { Endpoints } from './endpoints.service.js';
import { WebhookDelivery, WebhookDeliveryStatus } from './log/webhook-delivery.entity.js';
import type { ReplayedRoomInput, ReplayWebhooksInput, WebhookDeliveryFilter } from './webhooks.inputs.js';

/** The delivery log, and doing it again. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly dataSource: DataSource,
    private readonly endpoints: Endpoints,
    private readonly attempts: Attempts,
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
    const endpoint = await this.endpoints.one(endpointId);
    if ([deliveryId, room, time].filter((which) => which != null).length !== 1)
      throw badInput('input', 'Give a delivery, a room or a time, and only one of them');
    const count = deliveryId
      ? await this.replayOne(endpoint, deliveryId)
      : room
        ? await this.replayRoom(endpoint, room)
        : await this.replayBetween(endpoint, time!);
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
    const answer = await this.attempts.post(endpoint, webhookId, 1, JSON.stringify({ type: 'webhook.test', timestamp: now, data: {} }));
    const { code, ms, status, error } = this.attempts.judge(answer, 1);
    await repository.insert({
      ...{ id, endpointId, type: 'webhook.test', webhookId, attempt: 1, code, ms, error },
      status: status === WebhookDeliveryStatus.DELIVERED ? status : WebhookDeliveryStatus.DEAD,
      ...{ firstAttemptAt: now, createdAt: now, updatedAt: this.clock.now() },
    });
    return repository.findOneByOrFail({ id });
  }

  private async replayOne(endpoint: WebhookEndpoint, deliveryId: string): Promise<number> {
    const endpointId = endpoint.id;
    const known = isId(deliveryId) && (await this.dataSource.getRepository(WebhookDelivery).existsBy({ id: deliveryId, endpointId }));
    if (!known) throw notFound();
    if (await tryAgain(this.dataSource, endpointId, deliveryId, this.clock.now())) return 1;
    if ((await this.replayReads(endpoint, () => tellReadAgain(this.dataSource, endpointId, deliveryId))) > 0) return 1;
    throw new ParleyError('CONFLICT', 'It is on its way already, or was a test');
  }

  private async replayBetween(endpoint: WebhookEndpoint, { from, to }: { from: Date; to: Date }): Promise<number> {
    const events = await tryAgainBetween(this.dataSource, endpoint.id, from, to, this.clock.now());
    return events + (await this.replayReads(endpoint, () => tellReadsAgain(this.dataSource, endpoint.id, from, to)));
  }

  /** Positions are told again as they are now: of each person the latest. */
  private async replayReads(endpoint: WebhookEndpoint, setBack: () => Promise<string[]>): Promise<number> {
    const rooms = asksForReads(endpoint) ? await setBack() : [];
    if (rooms.length > 0) await raiseReads(this.dataSource, rooms, [endpoint.id], this.clock.now());
    return rooms.length;
  }

  private async replayRoom(
    endpoint: WebhookEndpoint,
    { roomId, afterRevision = null, afterSequence = null }: ReplayedRoomInput,
  ): Promise<number> {
    if ((afterRevision === null) === (afterSequence === null)) throw badInput('input.room', 'Give afterRevision or afterSequence');
    const place = { id: roomId, afterRevision, afterSequence };
    const count = isId(roomId) ? await rewindRoom(this.dataSource, endpoint.id, place, this.clock.now()) : null;
    if (count === null) throw notFound();
    if (asksForReads(endpoint)) await rewindReads(this.dataSource, endpoint.id, place);
    return count;
  }
}
