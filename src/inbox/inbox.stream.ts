import type { PresenceChanged } from '../live/presence-changed.js';
import { type InboxEventObject, InboxRoomChanged, type InboxRoomLost, InboxUnreadChanged } from './inbox-events.js';
import { InboxRooms, sideOf } from './inbox-rooms.js';

const UNREAD_EVERY_MS = 1_000;

/**
 * One person's inbox on one socket. A room waits here at most once, in its latest state, and so does a person, so that whoever reads
 * slowly skips what was overtaken and memory is bounded by the number of their rooms and of the people there.
 */
export class InboxStream implements AsyncIterableIterator<{ inboxEvents: InboxEventObject }> {
  /** All that are watched for it. */
  readonly rooms = new InboxRooms();
  private readonly waiting = new Map<string, InboxRoomChanged | InboxRoomLost>();
  private readonly people = new Map<string, PresenceChanged>();
  /** The first event says that everything later will be heard. */
  private isUnreadDue = true;
  private unreadTimer: NodeJS.Timeout | undefined;
  private wake: (() => void) | null = null;
  private isEnded = false;

  constructor(
    readonly userId: string,
    private readonly onEnd: (stream: InboxStream) => void,
  ) {}

  tell(event: InboxRoomChanged | InboxRoomLost): void {
    if (event instanceof InboxRoomChanged) this.rooms.set(event.roomId, sideOf(event));
    else this.rooms.delete(event.roomId);
    this.waiting.set(event.roomId, event);
    this.unreadTimer ??= setTimeout(() => {
      this.unreadTimer = undefined;
      this.isUnreadDue = true;
      this.wake?.();
    }, UNREAD_EVERY_MS).unref();
    this.wake?.();
  }

  tellPresence(event: PresenceChanged): void {
    this.people.set(event.userId, event);
    this.wake?.();
  }

  async next(): Promise<IteratorResult<{ inboxEvents: InboxEventObject }>> {
    while (!this.isEnded) {
      const event = this.take();
      if (event) return { done: false, value: { inboxEvents: event } };
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = null;
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<{ inboxEvents: InboxEventObject }>> {
    if (!this.isEnded) {
      this.isEnded = true;
      clearTimeout(this.unreadTimer);
      this.waiting.clear();
      this.people.clear();
      this.onEnd(this);
      this.wake?.();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private take(): InboxEventObject | undefined {
    if (this.isUnreadDue) {
      this.isUnreadDue = false;
      return new InboxUnreadChanged(this.rooms.unread());
    }
    return takeFirst(this.waiting) ?? takeFirst(this.people);
  }
}

function takeFirst<Event>(waiting: Map<string, Event>): Event | undefined {
  for (const [key, event] of waiting) {
    waiting.delete(key);
    return event;
  }
  return undefined;
}
