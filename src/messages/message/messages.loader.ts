import { Injectable } from '@nestjs/common';
import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import type { Message } from '../../timeline/log/message.entity.js';
import { messagesByIds, reactionsOf, readersOf } from './messages.queries.js';
import type { ReactionSummary } from './reaction.entity.js';

export enum MessageStatus {
  SENT = 'SENT',
  DELIVERED = 'DELIVERED',
  READ = 'READ',
  FAILED = 'FAILED',
}

registerEnumType(MessageStatus, {
  name: 'MessageStatus',
  description: 'From the positions of the other people in the room.',
  valuesMap: {
    SENT: { description: 'Stored, and in its place for good.' },
    DELIVERED: { description: 'It has reached a device of everybody.' },
    READ: { description: 'Everybody has read it. Who hides their reading leaves it at DELIVERED.' },
    FAILED: { description: 'Accepted, then refused by a later check.' },
  },
});

@ObjectType({ description: 'Somebody who has read a message, and when they first did.' })
export class MessageReader {
  userId: string;

  @Field(() => Date)
  readAt: Date;
}

/** What hangs on a message, for all messages of one execution at once. */
@Injectable()
export class MessagesLoader {
  private readonly messages = perContext<RequestContext, string, Message>(
    async (ids) => new Map((await messagesByIds(this.dataSource, ids)).map((message) => [message.id, message])),
  );

  private readonly reactionLists = perContext<RequestContext, string, ReactionSummary[]>(async (ids, context) => {
    const rows = await reactionsOf(this.dataSource, ids, requireViewer(context).userId);
    return Map.groupBy(rows, (row) => row.message_id);
  });

  private readonly readerLists = perContext<RequestContext, Message, MessageReader[]>(async (messages) => {
    const byMessage = Map.groupBy(await readersOf(this.dataSource, messages), (row) => row.message_id);
    return new Map(
      messages.map((message) => {
        const others = (byMessage.get(message.id) ?? []).filter((row) => row.user_id !== message.senderId);
        return [message, others.map((row) => ({ userId: row.user_id, readAt: row.at }))];
      }),
    );
  });

  constructor(private readonly dataSource: DataSource) {}

  message(context: RequestContext, id: string): Promise<Message | undefined> {
    return this.messages(context).load(id);
  }

  /** For a statement that has read these messages already. */
  prime(context: RequestContext, messages: Message[]): void {
    const loader = this.messages(context);
    for (const message of messages) loader.prime(message.id, message);
  }

  async reactions(context: RequestContext, messageId: string): Promise<ReactionSummary[]> {
    return (await this.reactionLists(context).load(messageId)) ?? [];
  }

  async readers(context: RequestContext, message: Message): Promise<MessageReader[]> {
    return (await this.readerLists(context).load(message)) ?? [];
  }
}
