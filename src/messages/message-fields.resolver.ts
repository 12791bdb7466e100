import { Args, Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer, type Viewer } from '../auth/context.js';
import { PageArgs } from '../common/graphql/connection.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { Memberships } from '../participants/membership/memberships.service.js';
import { Room } from '../rooms/room/room.entity.js';
import { RoomsLoader } from '../rooms/room/rooms.loader.js';
import { Message } from '../timeline/log/message.entity.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { InLocale, type LocaleArgs } from '../wording/locale.js';
import { inLanguage } from '../wording/wording.js';
import { MessageConnection, RoomStats } from './message/message-page.js';
import { MessageFilter } from './message/messages.inputs.js';
import { MessageReader, MessagesLoader, MessageStatus } from './message/messages.loader.js';
import { countByKind } from './message/messages.queries.js';
import { MessagesService } from './messages.service.js';
import { ReactionSummary } from './message/reaction.entity.js';

/**
 * What a message tells beyond its own row. Parameters without decorators are those of graphql-js, and Nest then calls the method
 * itself: its wrapper costs a handful of promises for each message of a page, also where the answer is there at once.
 */
@Resolver(() => Message)
export class MessageFieldsResolver {
  constructor(
    private readonly loader: MessagesLoader,
    private readonly users: UsersLoader,
    private readonly rooms: RoomsLoader,
    private readonly memberships: Memberships,
  ) {}

  @InLocale()
  @ResolveField(() => String, {
    nullable: true,
    description:
      "The text as it was sent, byte for byte, but for card numbers; the system's own in the language that you ask for. Null in a tombstone.",
  })
  content(message: Message, { locale }: LocaleArgs): string | null {
    return inLanguage(message, locale);
  }

  @ResolveField(() => User, { nullable: true, description: 'Null for the system.' })
  sender(message: Message, _: unknown, context: RequestContext) {
    return message.senderId && this.users.load(context, message.senderId);
  }

  @ResolveField(() => Message, {
    nullable: true,
    description: 'The message that this one answers: a tombstone once it was deleted, null where it is hidden from you.',
  })
  async replyTo(message: Message, _: unknown, context: RequestContext) {
    if (!message.replyToId) return null;
    const horizon = context.horizon ?? (await this.horizonOf(message.roomId, requireViewer(context)));
    const quote = await this.loader.message(context, message.replyToId);
    return quote && quote.sequence > horizon ? quote : null;
  }

  @ResolveField(() => MessageStatus, { description: 'For the ticks beside it.' })
  async status(message: Message, _: unknown, context: RequestContext): Promise<MessageStatus> {
    const people = (await this.rooms.participants(context, message.roomId)) ?? [];
    const others = people.filter(({ userId, status }) => userId !== message.senderId && (status === 'ACTIVE' || status === 'MUTED'));
    if (others.length === 0) return MessageStatus.SENT;
    if (others.every((person) => person.lastReadSequence >= message.sequence)) return MessageStatus.READ;
    if (others.every((person) => person.lastDeliveredSequence >= message.sequence)) return MessageStatus.DELIVERED;
    return MessageStatus.SENT;
  }

  @ResolveField(() => [MessageReader], {
    description: 'Who has read it, in the order in which they did, without the sender and those who hide it.',
  })
  readBy(message: Message, _: unknown, context: RequestContext) {
    return this.loader.readers(context, message);
  }

  @ResolveField(() => [ReactionSummary], { description: 'One entry per emoji; none in a tombstone.' })
  reactions(message: Message, _: unknown, context: RequestContext) {
    return message.deletedAt ? [] : this.loader.reactions(context, message.id);
  }

  @ResolveField(() => User, { nullable: true, description: 'Null unless it was deleted.' })
  deletedBy(message: Message, _: unknown, context: RequestContext) {
    return message.deletedBy && this.users.load(context, message.deletedBy);
  }

  private async horizonOf(roomId: string, viewer: Viewer): Promise<number> {
    const me = this.memberships.known(roomId, viewer) ?? (await this.memberships.find({ id: roomId }, viewer));
    return me?.horizon ?? Number.MAX_SAFE_INTEGER;
  }
}

@Resolver(() => MessageReader)
export class MessageReaderResolver {
  constructor(private readonly users: UsersLoader) {}

  @ResolveField(() => User)
  user(reader: MessageReader, _: unknown, context: RequestContext) {
    return this.users.load(context, reader.userId);
  }
}

/** What a room tells of its messages. */
@Resolver(() => Room)
export class RoomMessagesResolver {
  constructor(
    private readonly messages_: MessagesService,
    private readonly memberships: Memberships,
    private readonly dataSource: DataSource,
  ) {}

  @PerViewer()
  @ResolveField(() => MessageConnection, { description: 'The newest 50 unless you say otherwise.' })
  async messages(
    @Parent() room: Room,
    @Context() context: RequestContext,
    @Args() page: PageArgs,
    @Args('filter', { nullable: true }) filter?: MessageFilter,
  ) {
    const viewer = requireViewer(context);
    const me = this.memberships.known(room.id, viewer) ?? (await this.memberships.find({ id: room.id }, viewer));
    return this.messages_.page(context, { id: room.id, horizon: me?.horizon ?? Number.MAX_SAFE_INTEGER }, page, filter ?? {});
  }

  @ResolveField(() => RoomStats, { description: 'The room in figures. Costs a statement of its own: not for lists.' })
  async stats(room: Room): Promise<RoomStats> {
    const counts = await countByKind(this.dataSource, room.id);
    return {
      messages: room.lastSequence,
      byKind: counts.filter(({ count }) => count > 0),
      participants: room.participantCount,
      firstActivityAt: room.createdAt,
      lastActivityAt: room.lastActivityAt,
    };
  }
}
