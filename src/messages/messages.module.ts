import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RoomsModule } from '../rooms/rooms.module.js';
import { MessageAddress } from '../timeline/log/message-address.entity.js';
import { Message } from '../timeline/log/message.entity.js';
import { AfterSend } from './held/after-send.js';
import { BeforeSend } from './held/before-send.js';
import { HeldMessage } from './held/held-message.entity.js';
import { HeldMessagesResolver } from './held/held-messages.resolver.js';
import { HeldMessages } from './held/held-messages.service.js';
import { JudgedEdits } from './judged-edits.service.js';
import { JudgedSends } from './held/judged-sends.service.js';
import { MessageChanges } from './message-changes.service.js';
import { MessageFieldsResolver, MessageReaderResolver, RoomMessagesResolver } from './message-fields.resolver.js';
import { MessageRevision } from './message/message-revision.entity.js';
import { MessagesLoader } from './message/messages.loader.js';
import { MessagesResolver } from './messages.resolver.js';
import { MessagesService } from './messages.service.js';
import { Reaction } from './message/reaction.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([Message, MessageAddress, MessageRevision, Reaction, HeldMessage]), RoomsModule],
  providers: [
    BeforeSend,
    AfterSend,
    JudgedEdits,
    JudgedSends,
    HeldMessages,
    MessagesService,
    MessageChanges,
    MessagesLoader,
    MessagesResolver,
    HeldMessagesResolver,
    MessageFieldsResolver,
    MessageReaderResolver,
    RoomMessagesResolver,
  ],
  exports: [BeforeSend, AfterSend, MessagesService],
})
export class MessagesModule {}
