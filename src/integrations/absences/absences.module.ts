import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AfterSend } from '../../messages/held/after-send.js';
import { MessagesModule } from '../../messages/messages.module.js';
import { Deadlines } from '../../transitions/deadlines/deadlines.service.js';
import { TransitionsModule } from '../../transitions/transitions.module.js';
import { Absence, AbsenceReply } from './absence.entity.js';
import { AbsencesResolver } from './absences.resolver.js';
import { AbsencesService } from './absences.service.js';
import { ABSENCE_ENDS, StandIns } from './stand-ins.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Absence, AbsenceReply]), TransitionsModule, MessagesModule],
  providers: [AbsencesService, StandIns, AbsencesResolver],
})
export class AbsencesModule {
  constructor(afterSend: AfterSend, deadlines: Deadlines, standIns: StandIns) {
    afterSend.listen('PATIENT', (message) => standIns.answer(message));
    deadlines.handle(ABSENCE_ENDS, (tx, { aggregateId }) => standIns.leave(tx, aggregateId));
  }
}
