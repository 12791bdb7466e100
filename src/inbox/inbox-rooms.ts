import { RoomStatus } from '../policy/roles.js';
import type { RoomKind } from '../rooms/room/room.entity.js';
import type { UnreadSummary } from '../rooms/unread.resolver.js';
import type { InboxRoomChanged } from './inbox-events.js';

/** Somebody's side of a room, as it was last read. */
export interface Side {
  kind: RoomKind;
  unread: number;
  lastReadSequence: number | null;
}

export const sideOf = ({ room, viewer }: InboxRoomChanged): Side => ({
  kind: room.kind,
  unread: room.status === RoomStatus.ARCHIVED ? 0 : viewer.unread,
  lastReadSequence: viewer.last_read_sequence,
});

/**
 * The rooms of one inbox, with what is unread in each: read anew whenever something happens there, so that the sum never costs a look at
 * the others.
 */
export class InboxRooms {
  /** Null before the first look at it. */
  private readonly sides = new Map<string, Side | null>();

  ids(): IterableIterator<string> {
    return this.sides.keys();
  }

  sideIn(roomId: string): Side | null {
    return this.sides.get(roomId) ?? null;
  }

  add(roomId: string): void {
    if (!this.sides.has(roomId)) this.sides.set(roomId, null);
  }

  set(roomId: string, side: Side): void {
    this.sides.set(roomId, side);
  }

  /** As they were when the inbox opened: whatever is known of a room by now is newer. */
  begin(roomId: string, side: Side): void {
    if (this.sides.get(roomId) === null) this.sides.set(roomId, side);
  }

  delete(roomId: string): void {
    this.sides.delete(roomId);
  }

  unread(): UnreadSummary {
    const counts = new Map<RoomKind, number>();
    for (const side of this.sides.values()) if (side && side.unread > 0) counts.set(side.kind, (counts.get(side.kind) ?? 0) + side.unread);
    const byKind = [...counts].map(([kind, count]) => ({ kind, count }));
    return { total: byKind.reduce((total, { count }) => total + count, 0), byKind };
  }
}
