import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../common/clock.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { Message } from '../timeline/message.entity.js';
import { MessageChanges } from './message-changes.service.js';
import { MessageFieldsResolver, MessageReaderResolver, RoomMessagesResolver } from './message-fields.resolver.js';
import { MessageRevision } from './message-revision.entity.js';
import { MessagesLoader } from './messages.loader.js';
import { MessagesResolver } from './messages.resolver.js';
import { MessagesService } from './messages.service.js';
import { Reaction } from './reaction.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([Message, MessageRevision, Reaction]), RoomsModule],
  providers: [
    Clock,
    MessagesService,
    MessageChanges,
    MessagesLoader,
    MessagesResolver,
    MessageFieldsResolver,
    MessageReaderResolver,
    RoomMessagesResolver,
  ],
})
export class MessagesModule {}
