import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ParticipantsModule } from '../participants/participants.module.js';
import { PresenceLoader } from './presence.loader.js';
import { PresenceResolver } from './presence.resolver.js';
import { Presence } from './presence.service.js';
import { PresenceWatch } from './presence-watch.service.js';
import { Typing } from './typing.service.js';

/** Who is there, and who is typing. */
@Module({
  imports: [AuthModule, ParticipantsModule],
  providers: [Presence, PresenceLoader, PresenceWatch, Typing, PresenceResolver],
  exports: [PresenceWatch],
})
export class PresenceModule {}
