import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { UnreadCheck } from './unread-check.service.js';
import { InboxResolver, InboxRoomChangedResolver } from './inbox.resolver.js';
import { Inboxes } from './inboxes.service.js';

/** What a room list hears. */
@Module({
  imports: [PresenceModule, RoomsModule],
  providers: [UnreadCheck, Inboxes, InboxResolver, InboxRoomChangedResolver],
})
export class InboxModule {}
