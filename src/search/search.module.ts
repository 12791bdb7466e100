import { Module } from '@nestjs/common';
import { MessagesModule } from '../messages/messages.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { SearchResolver } from './search.resolver.js';

/** Finding messages by their words. */
@Module({ imports: [RoomsModule, MessagesModule], providers: [SearchResolver] })
export class SearchModule {}
