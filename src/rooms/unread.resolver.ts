import { Args, Field, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/context.js';
import type { Membership } from '../participants/membership/membership.js';
import { MarkUnreadInput } from '../participants/participants.inputs.js';
import { Me } from '../participants/membership/permission.guard.js';
import { PositionsService } from '../participants/positions.service.js';
import { Requires, SignedIn } from '../policy/permission.decorators.js';
import { RoomDirectory } from './room-directory.service.js';
import { Room, RoomKind } from './room/room.entity.js';
import { RoomsService } from './rooms.service.js';

@ObjectType({ description: 'Unread messages in all my rooms of one kind.' })
export class UnreadOfKind {
  @Field(() => RoomKind)
  kind: RoomKind;

  @Field(() => Int)
  count: number;
}

@ObjectType({ description: 'What I have not read, derived from my positions at this moment. Archived rooms are left out.' })
export class UnreadSummary {
  @Field(() => Int, { description: 'Each room counts up to 1,000.' })
  total: number;

  @Field(() => [UnreadOfKind], { description: 'Per kind of room; kinds without unread messages are left out.' })
  byKind: UnreadOfKind[];
}

/** What somebody has not read, and what they want to count as such. */
@Resolver()
export class UnreadResolver {
  constructor(
    private readonly directory: RoomDirectory,
    private readonly positions: PositionsService,
    private readonly rooms: RoomsService,
  ) {}

  @SignedIn()
  @Query(() => UnreadSummary, { description: 'How much I have not read, for a badge.' })
  unread(@CurrentViewer() viewer: Viewer) {
    return this.directory.unread(viewer);
  }

  @Requires('message.markRead')
  @Mutation(() => Room, {
    description:
      'From a message on the room counts as unread for me, on all my devices and for nobody else: ticks and positions stay. `markRead` counts from there again, and sending ends it.',
  })
  async markUnread(@Me() me: Membership, @Args('input') { fromSequence }: MarkUnreadInput): Promise<Room> {
    await this.positions.markUnread(me, fromSequence);
    return this.rooms.load(me.roomId);
  }
}
