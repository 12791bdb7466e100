import { Args, ArgsType, Context, Field, ID, Info, Mutation, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize } from 'class-validator';
import type { GraphQLResolveInfo } from 'graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { Clock } from '../common/clock.js';
import { Connection, ForwardPageArgs } from '../common/graphql/connection.js';
import { asksOnlyFor } from '../common/graphql/selection.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { Participant } from '../participants/seats/participant.entity.js';
import type { Membership } from '../participants/membership/membership.js';
import { Me } from '../participants/membership/permission.guard.js';
import { standingAt } from '../participants/membership/standing.js';
import { Requires, SignedIn } from '../policy/permission.decorators.js';
import { ParticipantStatus } from '../policy/roles.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { InLocale, Locale, type LocaleArgs } from '../wording/locale.js';
import { inLanguage } from '../wording/wording.js';
import { RoomDirectory } from './room-directory.service.js';
import { LastMessage, PublicRoom, Room, RoomKind } from './room/room.entity.js';
import {
  ArchiveRoomInput,
  CloseRoomInput,
  CreateRoomInput,
  DeleteRoomInput,
  MAX_SEATS,
  OpenDirectRoomInput,
  ReopenRoomInput,
  RoomFilter,
  UpdateRoomInput,
} from './room/rooms.inputs.js';
import { RoomsLoader, RoomViewer } from './room/rooms.loader.js';
import { RoomsService } from './rooms.service.js';

@ObjectType({ description: 'A page of rooms.' })
export class RoomConnection extends Connection(Room) {}

@ObjectType({ description: 'A page of public rooms.' })
export class PublicRoomConnection extends Connection(PublicRoom) {}

@ArgsType()
class RoomWithArgs {
  @Field(() => [ID], { description: 'The other people.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SEATS - 1)
  userIds: string[];

  @Field(() => RoomKind, { nullable: true, description: 'Absent: a room of any kind.' })
  kind?: RoomKind | null;
}

/** What is answered from the room's id: who pages through a history does not read the room each time. */
const BY_ID: ReadonlySet<string> = new Set(['__typename', 'id', 'messages', 'viewer']);

@Resolver(() => Room)
export class RoomsResolver {
  constructor(
    private readonly rooms_: RoomsService,
    private readonly directory: RoomDirectory,
    private readonly loader: RoomsLoader,
    private readonly clock: Clock,
  ) {}

  @Requires('room.read', 'id')
  @Query(() => Room, { description: 'One room. NOT_FOUND also where it is hidden from you.' })
  room(@Me() me: Membership, @Info() info: GraphQLResolveInfo, @Args('id', { type: () => ID }) _id: string) {
    return asksOnlyFor(info, BY_ID) ? Object.assign(new Room(), { id: me.roomId }) : this.rooms_.load(me.roomId);
  }

  @Requires('room.read', 'code')
  @Query(() => Room, { description: 'By the readable code, in any case.' })
  roomByCode(@Me() me: Membership, @Args('code') _code: string) {
    return this.rooms_.load(me.roomId);
  }

  @SignedIn()
  @Query(() => RoomConnection, { description: 'The rooms that I am in, newest activity first.' })
  rooms(
    @CurrentViewer() viewer: Viewer,
    @Context() context: RequestContext,
    @Args() page: ForwardPageArgs,
    @Args('filter', { nullable: true }) filter?: RoomFilter,
  ) {
    return this.directory.mine(context, viewer, page, filter);
  }

  @SignedIn()
  @Query(() => PublicRoomConnection, { description: 'Open public rooms that anybody may join, newest activity first.' })
  publicRooms(
    @CurrentViewer() viewer: Viewer,
    @Args() page: ForwardPageArgs,
    @Args('title', { type: () => String, nullable: true, description: 'As in `RoomFilter.title`.' }) title?: string | null,
  ) {
    return this.directory.public(viewer, page, title ?? null);
  }

  @SignedIn()
  @Query(() => Room, { nullable: true, description: 'The room in which exactly these people and I are, the latest if there are several.' })
  roomWith(@CurrentViewer() viewer: Viewer, @Args() { userIds, kind }: RoomWithArgs) {
    return this.directory.with(viewer, userIds, kind ?? null);
  }

  @SignedIn()
  @Mutation(() => Room, {
    description: 'Who creates a GROUP is its ADMIN. Errors: FORBIDDEN (a role that you may not give), ROOM_FULL, BAD_USER_INPUT.',
  })
  createRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: CreateRoomInput) {
    return this.rooms_.create(viewer, input);
  }

  @SignedIn()
  @Mutation(() => Room, {
    description:
      'The one room of two people: the same people always get the same room. FORBIDDEN for who is not among your contacts, where the server asks for that.',
  })
  openDirectRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: OpenDirectRoomInput) {
    return this.rooms_.openDirect(viewer, input);
  }

  @Requires('room.update')
  @Mutation(() => Room, {
    description: 'Changes what is given and leaves the rest. Errors: FORBIDDEN, ROOM_CLOSED, MUTED, BAD_USER_INPUT.',
  })
  updateRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: UpdateRoomInput) {
    return this.rooms_.update(viewer, input);
  }

  @Requires('room.close')
  @Mutation(() => Room, {
    description: 'Read-only from now on, except for staff. In the main room of a facility by its FACILITY_ADMIN or the platform.',
  })
  closeRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: CloseRoomInput) {
    return this.rooms_.close(viewer, input);
  }

  @Requires('room.reopen')
  @Mutation(() => Room, {
    description:
      'A closed room is open again. In the main room of a facility by its FACILITY_ADMIN or the platform. Errors: FORBIDDEN, ILLEGAL_TRANSITION (it is open, or archived and not yours to reopen), CONFLICT (the facility is not active).',
  })
  reopenRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: ReopenRoomInput) {
    return this.rooms_.reopen(viewer, input);
  }

  @Requires('room.archive')
  @Mutation(() => Room, {
    description:
      'A closed room becomes read-only for everybody and leaves the default list. In the main room of a facility by the platform.',
  })
  archiveRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: ArchiveRoomInput) {
    return this.rooms_.archive(viewer, input);
  }

  @Requires('room.delete')
  @Mutation(() => Boolean, { description: 'The room is gone for everybody; streams end. CONFLICT while a dispute is live there.' })
  deleteRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: DeleteRoomInput) {
    return this.rooms_.delete(viewer, input);
  }

  @PerViewer()
  @ResolveField(() => RoomViewer, {
    nullable: true,
    description: 'Your own side of the room: your role, what you may do, what you have not read.',
  })
  viewer(room: Room, _: unknown, context: RequestContext) {
    return this.loader.viewer(context, room.id);
  }

  @ResolveField(() => [Participant], { description: 'Who has a seat, in the order in which they came; with `status` others too.' })
  async participants(
    @Parent() room: Room,
    @Context() context: RequestContext,
    @Args('status', { type: () => [ParticipantStatus], defaultValue: [ParticipantStatus.ACTIVE, ParticipantStatus.MUTED] })
    status: ParticipantStatus[],
  ) {
    const people = (await this.loader.participants(context, room.id)) ?? [];
    const now = this.clock.now();
    return people.filter((participant) => status.includes(standingAt(participant, now).status));
  }

  @PerViewer()
  @ResolveField(() => LastMessage, { nullable: true, description: 'Null where it is hidden from me.' })
  async lastMessage(room: Room, _: unknown, context: RequestContext): Promise<LastMessage | null> {
    const viewer = await this.loader.viewer(context, room.id);
    if (!viewer || !room.lastMessageAt || !room.lastMessageKind || room.lastSequence <= viewer.horizon) return null;
    return {
      roomId: room.id,
      sequence: room.lastSequence,
      kind: room.lastMessageKind,
      preview: room.lastMessagePreview,
      createdAt: room.lastMessageAt,
      senderId: room.lastMessageSenderId,
    };
  }
}

@Resolver(() => LastMessage)
export class LastMessageResolver {
  constructor(
    private readonly users: UsersLoader,
    private readonly loader: RoomsLoader,
  ) {}

  @InLocale()
  @ResolveField(() => String, { nullable: true, description: 'Its first 200 characters, see `Message.content`; null when it was deleted.' })
  async preview(message: LastMessage, { locale }: LocaleArgs, context: RequestContext): Promise<string | null> {
    const { preview, senderId } = message;
    if (senderId !== null || !locale || locale === Locale.EN) return preview;
    const metadata = await this.loader.metadata(context, message);
    const said = inLanguage({ content: preview, senderId, metadata }, locale);
    return said && [...said].slice(0, 200).join('');
  }

  @ResolveField(() => User, { nullable: true, description: 'Null for the system.' })
  sender(message: LastMessage, _: unknown, context: RequestContext) {
    return message.senderId && this.users.load(context, message.senderId);
  }
}
