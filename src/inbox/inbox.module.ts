import { Module } from '@nestjs/common';
import { RoomsModule } from '../rooms/rooms.module.js';
import { InboxResolver, InboxRoomChangedResolver, InboxUnreadChangedResolver } from './inbox.resolver.js';
import { Inboxes } from './inboxes.service.js';

/** What a room list hears. */
@Module({ imports: [RoomsModule], providers: [Inboxes, InboxResolver, InboxRoomChangedResolver, InboxUnreadChangedResolver] })
export class InboxModule {}
