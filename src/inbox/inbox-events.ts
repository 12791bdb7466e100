import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { PresenceChanged } from '../live/presence-changed.js';
import type { Room } from '../rooms/room/room.entity.js';
import { UnreadSummary } from '../rooms/unread.resolver.js';
import type { ViewerRow } from '../rooms/room/rooms.queries.js';

@ObjectType({ description: 'One of my rooms is new or has changed: its newest message, my unread count, its title, status or settings.' })
export class InboxRoomChanged {
  @Field(() => ID)
  readonly roomId: string;

  /** As one statement has read them, for everybody on this node who is told. */
  constructor(
    readonly room: Room,
    readonly viewer: ViewerRow,
  ) {
    this.roomId = room.id;
  }
}

@ObjectType({ description: 'A room is mine no longer: I left, was removed or blocked, or it was deleted.' })
export class InboxRoomLost {
  @Field(() => ID)
  readonly roomId: string;

  constructor(roomId: string) {
    this.roomId = roomId;
  }
}

@ObjectType({
  description: 'What I have not read may have changed. It is also the first event: from it on nothing is missed, so load `rooms` then.',
})
export class InboxUnreadChanged {
  @Field(() => UnreadSummary)
  readonly unread: UnreadSummary;

  constructor(unread: UnreadSummary) {
    this.unread = unread;
  }
}

export const InboxEvent = createUnionType({
  name: 'InboxEvent',
  description: 'What happens in my rooms, as a room list shows it, and who of the people there comes and goes.',
  types: () => [InboxRoomChanged, InboxRoomLost, InboxUnreadChanged, PresenceChanged] as const,
});

export type InboxEventObject = InboxRoomChanged | InboxRoomLost | InboxUnreadChanged | PresenceChanged;
