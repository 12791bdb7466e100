import { Module } from '@nestjs/common';
import { Hubs } from '../live/hub/hubs.js';
import { RoomLog } from '../live/hub/log.js';
import { AddressedWriter } from './addressed-writer.js';
import { MessageWriter } from './message-writer.js';
import { TimelineLog } from './room-log.js';
import { Timeline } from './timeline.service.js';

@Module({
  providers: [Timeline, MessageWriter, AddressedWriter, { provide: RoomLog, useClass: TimelineLog }, Hubs],
  exports: [Timeline, MessageWriter, AddressedWriter, RoomLog, Hubs],
})
export class TimelineModule {}
