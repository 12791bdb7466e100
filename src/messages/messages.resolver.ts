import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type Viewer } from '../auth/context.js';
import type { Membership } from '../participants/membership/membership.js';
import { Me } from '../participants/membership/permission.guard.js';
import { Requires } from '../policy/permission.decorators.js';
import { Message } from '../timeline/log/message.entity.js';
import { JudgedEdits } from './judged-edits.service.js';
import { MessageChanges } from './message-changes.service.js';
import { MessageRevision } from './message/message-revision.entity.js';
import {
  AddReactionInput,
  DeleteMessageInput,
  EditMessageInput,
  RemoveReactionInput,
  SendMessageInput,
} from './message/messages.inputs.js';
import { MessagesService } from './messages.service.js';

@Resolver()
export class MessagesResolver {
  constructor(
    private readonly messages: MessagesService,
    private readonly changes: MessageChanges,
    private readonly edits: JudgedEdits,
    private readonly dataSource: DataSource,
  ) {}

  @Requires('room.read')
  @Query(() => Message, { description: 'One message of a room. NOT_FOUND also where it is hidden from you.' })
  message(@Me() me: Membership, @Args('roomId', { type: () => ID }) _roomId: string, @Args('id', { type: () => ID }) id: string) {
    return this.messages.one(me, id);
  }

  @Requires('message.readRevisions')
  @Query(() => [MessageRevision], {
    description: 'What a message said before its edits, oldest first. To its sender while it is not deleted, and to staff.',
  })
  async messageRevisions(
    @Me() me: Membership,
    @Args('roomId', { type: () => ID }) _roomId: string,
    @Args('messageId', { type: () => ID }) messageId: string,
  ) {
    const message = await this.messages.one(me, messageId);
    me.require('message.readRevisions', { ownerId: message.deletedAt ? null : message.senderId });
    return this.dataSource.getRepository(MessageRevision).find({ where: { messageId: message.id }, order: { revision: 'ASC' } });
  }

  @Requires('message.send')
  @Mutation(() => Message, {
    description:
      'Durable once it answers. A retry with the same `clientId` returns the first message. Errors: NOT_FOUND, FORBIDDEN, ROOM_CLOSED, MUTED, IDEMPOTENCY_CONFLICT, BAD_USER_INPUT, MESSAGE_HELD.',
  })
  sendMessage(@Me() me: Membership, @Args('input') input: SendMessageInput) {
    return this.messages.send(me, input);
  }

  @Requires('message.edit')
  @Mutation(() => Message, {
    description:
      "One's own message, within the edit window. Errors: EDIT_WINDOW_PASSED, CONFLICT (deleted), FORBIDDEN, and where the host is asked before a message is written: FORBIDDEN with its `reason`, UNAVAILABLE.",
  })
  editMessage(@CurrentViewer() viewer: Viewer, @Args('input') input: EditMessageInput) {
    return this.edits.edit(viewer, input);
  }

  @Requires('message.delete')
  @Mutation(() => Message, {
    description: 'Leaves a tombstone: what it said is gone for everybody in the room. CONFLICT while a dispute is live there.',
  })
  deleteMessage(@CurrentViewer() viewer: Viewer, @Args('input') input: DeleteMessageInput) {
    return this.changes.delete(viewer, input);
  }

  @Requires('message.react')
  @Mutation(() => Message, {
    description:
      'At most 30 kinds of emoji under one message. Idempotent. Errors: CONFLICT (deleted), ROOM_CLOSED, MUTED, FORBIDDEN, BAD_USER_INPUT.',
  })
  addReaction(@CurrentViewer() viewer: Viewer, @Args('input') input: AddReactionInput) {
    return this.changes.addReaction(viewer, input);
  }

  @Requires('message.react')
  @Mutation(() => Message, { description: "Takes one's own reaction back. Idempotent." })
  removeReaction(@CurrentViewer() viewer: Viewer, @Args('input') input: RemoveReactionInput) {
    return this.changes.removeReaction(viewer, input);
  }
}
