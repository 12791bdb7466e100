import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RoomsModule } from '../rooms/rooms.module.js';
import { Deadline } from './deadlines/deadline.entity.js';
import { Deadlines } from './deadlines/deadlines.service.js';
import { Machines } from './machine/machines.js';
import { StepMaker } from './step-maker.js';
import { StepRequest } from './log/step-request.entity.js';
import { PendingRequestsResolver, StepRequestsResolver } from './step-requests.resolver.js';
import { StepRequests } from './step-requests.service.js';
import { SubjectStreams } from './subjects/subject-streams.service.js';
import { SubjectTimelineResolver, TimelineEntryResolver } from './subjects/subject-timeline.resolver.js';
import { Transition } from './log/transition.entity.js';
import { TransitionsLoader } from './log/transitions.loader.js';
import { MessageTransitionResolver, SubjectsResolver, TransitionFieldsResolver } from './transitions.resolver.js';
import { Transitions } from './transitions.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Transition, Deadline, StepRequest]), RoomsModule],
  providers: [
    Machines,
    Deadlines,
    StepMaker,
    StepRequests,
    Transitions,
    SubjectStreams,
    TransitionsLoader,
    SubjectsResolver,
    SubjectTimelineResolver,
    TimelineEntryResolver,
    PendingRequestsResolver,
    StepRequestsResolver,
    TransitionFieldsResolver,
    MessageTransitionResolver,
  ],
  exports: [Machines, Deadlines, Transitions, SubjectStreams, TransitionsLoader, RoomsModule],
})
export class TransitionsModule {}
