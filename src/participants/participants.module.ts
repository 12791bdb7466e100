import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TimelineModule } from '../timeline/timeline.module.js';
import { UsersModule } from '../users/users.module.js';
import { MembershipsLoader } from './membership/memberships.loader.js';
import { Memberships } from './membership/memberships.service.js';
import { Participant, ReadReceipt } from './seats/participant.entity.js';
import { ParticipantsResolver } from './participants.resolver.js';
import { ParticipantsService } from './participants.service.js';
import { PermissionGuard } from './membership/permission.guard.js';
import { PositionsService } from './positions.service.js';
import { SeatRules } from './seats/seat-rules.js';

@Module({
  imports: [TypeOrmModule.forFeature([Participant, ReadReceipt]), TimelineModule, UsersModule],
  providers: [
    Memberships,
    MembershipsLoader,
    ParticipantsService,
    SeatRules,
    PositionsService,
    ParticipantsResolver,
    { provide: APP_GUARD, useClass: PermissionGuard },
  ],
  exports: [Memberships, MembershipsLoader, ParticipantsService, PositionsService, SeatRules, TimelineModule, UsersModule],
})
export class ParticipantsModule {}
