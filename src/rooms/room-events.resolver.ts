import { Args, Context, ID, Int, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer } from '../auth/context.js';
import { badInput, notFound, ParleyError } from '../common/errors/errors.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { run } from '../database/sql.js';
import { Hubs } from '../live/hub/hubs.js';
import { RoomLog } from '../live/hub/log.js';
import { MappedStream } from '../live/mapped-stream.js';
import { Resync, RoomStream } from '../live/stream.js';
import type { Membership } from '../participants/membership/membership.js';
import { Participant, ParticipantChanged } from '../participants/seats/participant.entity.js';
import { Memberships } from '../participants/membership/memberships.service.js';
import { Me } from '../participants/membership/permission.guard.js';
import { Requires } from '../policy/permission.decorators.js';
import { MessageAdded } from '../timeline/log/entry.js';
import { Message } from '../timeline/log/message.entity.js';
import { Room, RoomChanged } from './room/room.entity.js';
import { envelopesOf, eventsOf, RoomChanges, RoomEvent } from './room-events.js';
import { RoomsLoader } from './room/rooms.loader.js';

const MAX_CHANGES = 100;

const REVISION_OF = { name: 'revision_of_sequence', text: 'select created_revision from messages where room_id = $1 and sequence = $2' };

/** How a room is heard. */
@Resolver()
export class RoomEventsResolver {
  constructor(
    private readonly hubs: Hubs,
    private readonly log: RoomLog,
    private readonly dataSource: DataSource,
  ) {}

  @Requires('room.read')
  @Subscription(() => RoomEvent, {
    description:
      'Everything that happens in one room. With `after` (the revision of the last event that you saw) first all that you missed, in order and once, then live; without it from now on. It ends when you lose access.',
  })
  roomEvents(
    @Me() me: Membership,
    @Args('roomId', { type: () => ID }) _roomId: string,
    @Args('after', { type: () => Int, nullable: true, description: 'The `revision` of the last event that you saw; 0 for everything.' })
    after?: number | null,
  ) {
    const stream = this.open(me, after ?? null);
    return new MappedStream(stream, (item) => envelopesOf(item, stream.horizon));
  }

  @Requires('room.read')
  @Subscription(() => Message, {
    description:
      'New messages only, in the order of `sequence`. With `afterSequence` first those that you missed, once; without it from now on.',
  })
  async messageAdded(
    @Me() me: Membership,
    @Args('roomId', { type: () => ID }) _roomId: string,
    @Args('afterSequence', { type: () => Int, nullable: true, description: 'The `sequence` of the last message that you saw.' })
    afterSequence?: number | null,
  ) {
    const after = afterSequence == null ? null : await this.revisionOf(me.roomId, afterSequence);
    const stream = this.open(me, after);
    return new MappedStream(stream, (item) => {
      if (item instanceof Resync) throw new ParleyError('UNAVAILABLE', 'This stream could not keep up: subscribe again with afterSequence');
      return item instanceof MessageAdded ? [{ messageAdded: item.message, scope: stream.horizon }] : [];
    });
  }

  @Requires('room.read')
  @Query(() => RoomChanges, {
    description: 'What changed after a revision: for front ends without a socket, one cheap call every few seconds.',
  })
  async changes(
    @Me() me: Membership,
    @Args('roomId', { type: () => ID }) _roomId: string,
    @Args('after', { type: () => Int, description: 'The `revision` of the last answer; 0 for everything.' }) after: number,
    @Args('limit', { type: () => Int, nullable: true, description: `1 to ${MAX_CHANGES}, which is the default.` }) limit?: number | null,
  ): Promise<RoomChanges> {
    const most = limit ?? MAX_CHANGES;
    if (most < 1 || most > MAX_CHANGES) throw badInput('limit', `limit must be from 1 to ${MAX_CHANGES}`);
    if (after < 0) throw badInput('after', 'after must not be negative');
    const page = await this.log.read(me.roomId, after, most, me);
    if (!page.access) throw notFound();
    const { horizon } = page.access;
    return {
      revision: page.hasMore ? (page.entries.at(-1)?.revision ?? page.head) : page.head,
      hasMore: page.hasMore,
      events: page.entries.filter((entry) => entry.sequence > horizon).flatMap(eventsOf),
    };
  }

  private open(me: Membership, after: number | null): RoomStream {
    if (after !== null && after < 0) throw badInput('after', 'after must not be negative');
    return new RoomStream(this.hubs, this.log, me.roomId, me, after);
  }

  private async revisionOf(roomId: string, sequence: number): Promise<number> {
    if (sequence <= 0) return 0;
    const [row] = await run<{ created_revision: number }>(this.dataSource, REVISION_OF, [roomId, sequence]);
    if (!row) throw badInput('afterSequence', 'There is no such message in this room');
    return row.created_revision;
  }
}

/** What it tells is read when it is told. A listener may be slow, and their access over by then. */
@Resolver(() => ParticipantChanged)
export class ParticipantChangedResolver {
  constructor(
    private readonly rooms: RoomsLoader,
    private readonly memberships: Memberships,
  ) {}

  @PerViewer()
  @ResolveField(() => Participant, { nullable: true, description: 'As they are now.' })
  async participant(@Parent() event: ParticipantChanged, @Context() context: RequestContext) {
    if (!(await this.memberships.has(event.roomId, requireViewer(context)))) return null;
    const people = await this.rooms.participants(context, event.roomId);
    return people?.find((participant) => participant.userId === event.userId);
  }
}

/** Like the one above, read when it is told. */
@Resolver(() => RoomChanged)
export class RoomChangedResolver {
  constructor(
    private readonly rooms: RoomsLoader,
    private readonly memberships: Memberships,
  ) {}

  @PerViewer()
  @ResolveField(() => Room, { nullable: true, description: 'As it is now; null once it was deleted.' })
  async room(@Parent() event: RoomChanged, @Context() context: RequestContext) {
    return (await this.memberships.has(event.roomId, requireViewer(context))) ? this.rooms.room(context, event.roomId) : null;
  }
}
