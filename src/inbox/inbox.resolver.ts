import { Context, Parent, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { SignedIn } from '../policy/permission.decorators.js';
import { Room } from '../rooms/room/room.entity.js';
import { RoomsLoader } from '../rooms/room/rooms.loader.js';
import { InboxEvent, InboxRoomChanged } from './inbox-events.js';
import { Inboxes } from './inboxes.service.js';

@Resolver()
export class InboxResolver {
  constructor(private readonly inboxes: Inboxes) {}

  @SignedIn()
  @Subscription(() => InboxEvent, {
    description:
      'Everything for me, in one stream for all my rooms: new, changed and lost rooms, what I have not read, and the presence of everybody with whom I share a room. Subscribe, wait for the first event, then load `rooms`; after a break do the same.',
  })
  inboxEvents(@CurrentViewer() viewer: Viewer) {
    return this.inboxes.open(viewer.userId);
  }
}

@Resolver(() => InboxRoomChanged)
export class InboxRoomChangedResolver {
  constructor(private readonly loader: RoomsLoader) {}

  @ResolveField(() => Room)
  room(@Parent() event: InboxRoomChanged, @Context() context: RequestContext) {
    this.loader.primeViewer(context, event.roomId, event.viewer);
    return event.room;
  }
}
