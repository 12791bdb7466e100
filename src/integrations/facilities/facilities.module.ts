import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MessagesModule } from '../../messages/messages.module.js';
import { SeatRules } from '../../participants/seats/seat-rules.js';
import { RoomRules } from '../../rooms/room/room-rules.js';
import { Machines } from '../../transitions/machine/machines.js';
import { TransitionsModule } from '../../transitions/transitions.module.js';
import { AddressedMessages } from './addressed-messages.service.js';
import { FacilitiesLoader } from './facilities.loader.js';
import { FacilitiesResolver, FacilityMembersResolver, MessageTargetsResolver } from './facilities.resolver.js';
import { FacilitiesService } from './facility/facilities.service.js';
import { facilitySeats } from './facility/facility-seats.js';
import { Facility, FacilityMember } from './facility/facility.entity.js';
import { mainRoom } from './facility/main-room.js';
import { MessageAddressResolver, MessageToResolver } from './message-to.resolver.js';
import { RelatedStudyResolver, StudiesResolver, StudyFieldsResolver, StudyStream } from './studies.resolver.js';
import { StudiesService } from './study/studies.service.js';
import { Study } from './study/study.entity.js';
import { StudyTitles } from './study/study-titles.service.js';
import { studyMachine } from './study/study.machine.js';

@Module({
  imports: [TypeOrmModule.forFeature([Facility, FacilityMember, Study]), TransitionsModule, MessagesModule],
  providers: [
    FacilitiesService,
    StudiesService,
    StudyTitles,
    AddressedMessages,
    FacilitiesLoader,
    FacilitiesResolver,
    FacilityMembersResolver,
    MessageTargetsResolver,
    MessageAddressResolver,
    MessageToResolver,
    StudiesResolver,
    StudyFieldsResolver,
    RelatedStudyResolver,
    StudyStream,
  ],
  exports: [StudiesService],
})
export class FacilitiesModule {
  constructor(machines: Machines, seats: SeatRules, rooms: RoomRules) {
    machines.add(studyMachine);
    seats.add(facilitySeats);
    rooms.add(mainRoom);
  }
}
