import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ParticipantsModule } from '../participants/participants.module.js';
import { SeatRules } from '../participants/seats/seat-rules.js';
import { Room } from './room/room.entity.js';
import { groupSeats } from './room/group-seats.js';
import { RoomRules } from './room/room-rules.js';
import { DirectRooms } from './room/direct-rooms.js';
import { RoomDirectory } from './room-directory.service.js';
import { ParticipantChangedResolver, RoomChangedResolver, RoomEventsResolver } from './room-events.resolver.js';
import { PublicRoomTitleResolver, RoomTitleResolver } from './room-titles.resolver.js';
import { RoomsLoader } from './room/rooms.loader.js';
import { LastMessageResolver, RoomsResolver } from './rooms.resolver.js';
import { RoomTitles } from './room-titles.service.js';
import { RoomsService } from './rooms.service.js';
import { UnreadResolver } from './unread.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([Room]), ParticipantsModule],
  providers: [
    DirectRooms,
    RoomRules,
    RoomsService,
    RoomTitles,
    RoomDirectory,
    RoomsLoader,
    RoomsResolver,
    UnreadResolver,
    LastMessageResolver,
    RoomTitleResolver,
    PublicRoomTitleResolver,
    RoomEventsResolver,
    ParticipantChangedResolver,
    RoomChangedResolver,
  ],
  exports: [DirectRooms, RoomRules, RoomsService, RoomsLoader, RoomDirectory, ParticipantsModule],
})
export class RoomsModule {
  constructor(seats: SeatRules, directRooms: DirectRooms) {
    seats.add(groupSeats(directRooms));
  }
}
