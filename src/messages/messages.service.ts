import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RequestContext } from '../auth/context.js';
import { badInput, notFound } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { type Config, CONFIG } from '../config/config.js';
import { connect, type PageArgs, pageSize } from '../common/graphql/connection.js';
import type { Membership } from '../participants/membership/membership.js';
import type { Address } from '../timeline/log/message-address.entity.js';
import { type Message, MessageKind } from '../timeline/log/message.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { JudgedSends } from './held/judged-sends.service.js';
import { MessageConnection } from './message/message-page.js';
import { masked } from './message/masked.js';
import type { MessageFilter, SendMessageInput } from './message/messages.inputs.js';
import { MessagesLoader } from './message/messages.loader.js';
import { messagePage, messagesByIds } from './message/messages.queries.js';

/** Sending and reading. What changes a message afterwards is in `MessageChanges`. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sends: JudgedSends,
    private readonly loader: MessagesLoader,
    private readonly users: UsersLoader,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws BAD_USER_INPUT for a text without content; otherwise as `JudgedSends.send` */
  async send(me: Membership, input: SendMessageInput, address: Address | null = null): Promise<Message> {
    const { kind, metadata = null, replyToId = null, clientId = null } = input;
    const content = typeof input.content === 'string' ? masked(this.config, input.content) : null;
    if (kind === MessageKind.TEXT && content === null) throw badInput('input.content', 'A text needs content');
    if (content === null && metadata === null) throw badInput('input.content', 'A message needs content or metadata');
    if (replyToId !== null && !isId(replyToId)) throw badInput('input.replyToId', 'There is no such message in this room');
    const draft = { roomId: me.roomId, senderId: me.userId, kind, content, metadata, clientId, address };
    return this.sends.send({ ...draft, replyToId: replyToId?.toLowerCase() ?? null }, me.role);
  }

  /** @throws NOT_FOUND also for a message of another room, or behind the reader's horizon */
  async one(me: Membership, id: string): Promise<Message> {
    const [message] = isId(id) ? await messagesByIds(this.dataSource, [id]) : [];
    if (message?.roomId !== me.roomId || message.sequence <= me.horizon) throw notFound();
    return message;
  }

  /** The newest page unless the caller says otherwise; always in the order of `sequence`. */
  async page(
    context: RequestContext,
    room: { id: string; horizon: number },
    args: PageArgs,
    filter: MessageFilter,
  ): Promise<MessageConnection> {
    if (args.first != null && args.last != null) throw badInput('last', 'Ask for the first or for the last, not for both');
    for (const field of ['after', 'before'] as const) {
      if (args[field] != null && !isId(args[field])) throw badInput(field, `${field} is not a cursor`);
    }
    const isBackward = args.first == null && (args.last != null || args.after == null);
    const size = pageSize(isBackward ? args.last : args.first, isBackward ? 'last' : 'first');
    const { messages, quotes, senders } = await messagePage(this.dataSource, {
      roomId: room.id,
      horizon: room.horizon,
      after: args.after ?? null,
      before: args.before ?? null,
      from: filter.from ?? null,
      to: filter.to ?? null,
      kinds: filter.kinds ?? null,
      limit: size + 1,
      isBackward,
    });
    const hasMore = messages.length > size;
    if (hasMore) messages.splice(isBackward ? 0 : size, 1);
    if (messages.length === 0) await this.checkCursors(room.id, args);
    this.loader.prime(context, [...messages, ...quotes]);
    this.users.prime(context, senders);
    const more = isBackward ? { previous: hasMore, next: args.before != null } : { next: hasMore, previous: args.after != null };
    return Object.assign(
      new MessageConnection(),
      connect(messages, (message) => message.id, more),
      {
        count: messages.length,
        hasMore,
        oldestId: messages[0]?.id ?? null,
        newestId: messages.at(-1)?.id ?? null,
      },
    );
  }

  /** An empty page after a cursor that names nothing is a mistake, not an end. */
  private async checkCursors(roomId: string, args: PageArgs): Promise<void> {
    const cursors = [args.after, args.before].filter((cursor) => cursor != null);
    if (cursors.length === 0) return;
    const known = new Set(
      (await messagesByIds(this.dataSource, cursors)).filter((message) => message.roomId === roomId).map((message) => message.id),
    );
    for (const field of ['after', 'before'] as const) {
      const cursor = args[field];
      if (cursor != null && !known.has(cursor.toLowerCase())) throw badInput(field, `${field} is not a cursor of this room`);
    }
  }
}
