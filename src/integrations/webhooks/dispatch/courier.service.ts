import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { wants } from '../../../common/text/event-pattern.js';
import { newId } from '../../../common/values/ids.js';
import { MessageAdded, type MessageChanged } from '../../../timeline/log/entry.js';
import { readLog } from '../../../timeline/log/log.queries.js';
import { HEAD_OF_LINE_MS } from '../endpoint/retry-plan.js';
import { type WebhookEndpoint, WebhookOrdering } from '../endpoint/webhook-endpoint.entity.js';
import { type Begun, beginAttempt, passOver, releaseRoom, type Result, settleAttempt, settleDetached } from '../log/attempt.queries.js';
import { Attempts } from '../log/attempts.service.js';
import { type Claimed, type ClaimedDelivery, reactionsUnder, surroundingsOf } from '../log/dispatch.queries.js';
import { asksForReads, ReadCourier } from './read-courier.service.js';
import { WebhookDeliveryStatus } from '../log/webhook-delivery.entity.js';
import { bodyOf, toWebhookEvent, typeOf, type WebhookEvent, webhookId } from './webhook-event.js';

const PAGE = 50;
/** Of one room at a time, so that others have their turn. */
const EVENTS_PER_TURN = 100;

/** An entry of the log that an endpoint wants to hear of. */
interface Wanted {
  revision: number;
  event: WebhookEvent;
}

/** Brings what stands in a room's log to an endpoint: in order, and not past what has not arrived. */
@Injectable()
export class Courier {
  constructor(
    private readonly dataSource: DataSource,
    private readonly attempts: Attempts,
    private readonly reads: ReadCourier,
    private readonly clock: Clock,
  ) {}

  /** Until the room has nothing more to tell, an event has to wait, or it is another's turn. After an error of ours its lease runs out. */
  async carryRoom(endpoint: WebhookEndpoint, claimed: Claimed, stop: AbortSignal): Promise<void> {
    const at = { ...claimed };
    const isUpToDate = await this.tellRoom(endpoint, at, stop);
    if (isUpToDate && asksForReads(endpoint)) await this.reads.carry(endpoint, at, stop);
    await releaseRoom(this.dataSource, claimed, this.clock.now());
    if (asksForReads(endpoint)) await this.reads.lookAgain(at);
  }

  /** One event beside the order of its room. */
  async carryDelivery(endpoint: WebhookEndpoint, delivery: ClaimedDelivery, stop: AbortSignal): Promise<void> {
    const { room_id: roomId, revision, attempt } = delivery;
    const { entries } = await readLog(this.dataSource, roomId, revision - 1, 1);
    const entry = entries[0] as MessageAdded | MessageChanged | undefined;
    if (entry?.revision !== revision) {
      const error = 'The message was changed once more, which is an event of its own';
      const result = { status: WebhookDeliveryStatus.DEAD, code: null, ms: 0, error, nextAt: null };
      await settleDetached(this.dataSource, delivery, result, this.clock.now());
      return;
    }
    const [event] = (await this.eventsOf([entry])) as [WebhookEvent];
    const around = await surroundingsOf(this.dataSource, roomId, event.people);
    if (!around) return;
    const answer = await this.attempts.post(
      endpoint,
      webhookId(endpoint.id, roomId, revision),
      attempt,
      bodyOf(event, roomId, around),
      stop,
    );
    if (stop.aborted && answer.code === null) return;
    const judged = this.attempts.judge(answer, attempt);
    const isOld = !(await this.attempts.counts(endpoint, judged));
    const result = isOld ? { ...judged, status: WebhookDeliveryStatus.RETRYING, nextAt: this.clock.now() } : judged;
    await settleDetached(this.dataSource, delivery, result, this.clock.now());
    await this.attempts.note(endpoint, answer, result);
  }

  /** False where the room has to wait, has more to tell, is no longer this node's, or the endpoint is not what it was. */
  private async tellRoom(endpoint: WebhookEndpoint, at: Claimed, stop: AbortSignal): Promise<boolean> {
    for (let told = 0; told < EVENTS_PER_TURN && !stop.aborted;) {
      const { entries, head, hasMore } = await readLog(this.dataSource, at.room_id, at.revision, PAGE);
      const wanted = await this.wantedOf(endpoint, entries as (MessageAdded | MessageChanged)[]);
      if (!(await this.tellAll(endpoint, at, wanted, stop))) return false;
      told += wanted.length;
      const end = hasMore ? (entries.at(-1)?.revision ?? at.revision) : head;
      if (end > at.revision) {
        if (!(await passOver(this.dataSource, at, end))) return false;
        at.revision = end;
      }
      if (!hasMore) return true;
    }
    return false;
  }

  private async wantedOf(endpoint: WebhookEndpoint, entries: (MessageAdded | MessageChanged)[]): Promise<Wanted[]> {
    const asked = endpoint.events.map(typeOf);
    const events = await this.eventsOf(entries.filter((entry) => wants(asked, toWebhookEvent(entry).type)));
    return events.map((event) => ({ revision: event.data['revision'] as number, event }));
  }

  /** What changed carries the reactions that stand under it. */
  private async eventsOf(entries: (MessageAdded | MessageChanged)[]): Promise<WebhookEvent[]> {
    const changed = entries.filter((entry) => !(entry instanceof MessageAdded)).map(({ message }) => message.id);
    const reacted = await reactionsUnder(this.dataSource, changed);
    return entries.map((entry) => toWebhookEvent(entry, reacted.get(entry.message.id)));
  }

  /** False where the room has to wait, or is no longer this node's. */
  private async tellAll(endpoint: WebhookEndpoint, at: Claimed, wanted: Wanted[], stop: AbortSignal): Promise<boolean> {
    if (wanted.length === 0) return true;
    const people = new Set(wanted.flatMap(({ event }) => event.people));
    const around = await surroundingsOf(this.dataSource, at.room_id, [...people]);
    if (!around) return false;
    for (const { revision, event } of wanted) {
      if (stop.aborted || !(await this.tell(endpoint, at, revision, event, bodyOf(event, at.room_id, around), stop))) return false;
      at.revision = revision;
    }
    return true;
  }

  private async tell(endpoint: WebhookEndpoint, at: Claimed, revision: number, { type }: WebhookEvent, body: string, stop: AbortSignal) {
    const id = webhookId(endpoint.id, at.room_id, revision);
    const now = this.clock.now();
    const event = { id: newId(), revision, type, webhookId: id, url: endpoint.url };
    const begun = await beginAttempt(this.dataSource, at, event, now, this.attempts.leaseEnd());
    if (!begun) return false;
    const answer = await this.attempts.post(endpoint, id, begun.attempt, body, stop);
    // Nobody knows what became of it: the next node asks.
    if (stop.aborted && answer.code === null) return false;
    const result = this.attempts.judge(answer, begun.attempt);
    if (!(await this.attempts.counts(endpoint, result))) return false;
    const waits = this.waitsFor(endpoint, begun, result);
    const step = {
      to: waits ? null : revision,
      dueAt: waits ?? this.attempts.leaseEnd(),
      keeps: !waits,
      isDetached: !waits && result.nextAt !== null,
    };
    const isOurs = await settleAttempt(this.dataSource, at, begun.id, step, result, this.clock.now());
    await this.attempts.note(endpoint, answer, result);
    return isOurs && !waits;
  }

  /** Until when the room waits for an event that failed; null where it goes on without it. */
  private waitsFor({ ordering }: WebhookEndpoint, { first_attempt_at }: Begun, { nextAt }: Result): Date | null {
    if (nextAt === null || ordering === WebhookOrdering.NONE) return null;
    return nextAt.getTime() <= first_attempt_at.getTime() + HEAD_OF_LINE_MS ? nextAt : null;
  }
}
