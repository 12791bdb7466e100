import { Inject } from '@nestjs/common';
import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type RequestContext, requireViewer, type Viewer } from '../../auth/context.js';
import { isId } from '../../common/values/ids.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { unseal } from '../../common/sealed.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Memberships } from '../../participants/membership/memberships.service.js';
import { Requires, SignedIn } from '../../policy/permission.decorators.js';
import { Message } from '../../timeline/log/message.entity.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../../transitions/subjects/subject-stream.resolver.js';
import { requestOf } from '../../transitions/transitions.inputs.js';
import { Transitions } from '../../transitions/transitions.service.js';
import { AddressedMessages } from './addressed-messages.service.js';
import { RegisterStudyInput, SendMessageToInput, UpdateStudyStatusInput } from './facility/facilities.inputs.js';
import { FacilitiesLoader } from './facilities.loader.js';
import { Facility } from './facility/facility.entity.js';
import { StudiesService } from './study/studies.service.js';
import { Study } from './study/study.entity.js';
import { studyMachine } from './study/study.machine.js';

@Resolver(() => Study)
export class StudiesResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly studies: StudiesService,
    private readonly transitions: Transitions,
    private readonly addressed: AddressedMessages,
  ) {}

  @Requires('room.read', { table: 'studies', argument: 'id' })
  @Query(() => Study, { description: 'For those who are in the room of the study.' })
  study(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Study, { id });
  }

  @SignedIn()
  @Mutation(() => Study, { description: 'By the host, or by a TECHNICIAN of the facility. The same `studyUid` is the same study.' })
  registerStudy(@CurrentViewer() viewer: Viewer, @Args('input') input: RegisterStudyInput) {
    return this.studies.registerAs(viewer, input);
  }

  @StepOf(
    () => Study,
    { table: 'studies', argument: 'studyId' },
    'By the host; else up to AVAILABLE by a TECHNICIAN, and REPORTED by a RADIOLOGIST of the facility.',
  )
  updateStudyStatus(@CurrentViewer() viewer: Viewer, @Args('input') input: UpdateStudyStatusInput) {
    return this.transitions.move(studyMachine, viewer, input.studyId, requestOf(input.event, input));
  }

  @SignedIn()
  @Mutation(() => Message, {
    description:
      'To a person or to a facility of mine: it lands in the one room for it. Errors: BAD_USER_INPUT (both, or neither), NOT_FOUND (not for you to address), FORBIDDEN, and those of `sendMessage`.',
  })
  sendMessageTo(@CurrentViewer() viewer: Viewer, @Args('input') input: SendMessageToInput) {
    return this.addressed.send(viewer, input);
  }
}

/** What a study tells beyond its own row. */
@Resolver(() => Study)
export class StudyFieldsResolver {
  constructor(
    private readonly loader: FacilitiesLoader,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @ResolveField(() => Facility)
  facility(@Parent() study: Study, @Context() context: RequestContext) {
    return this.loader.facility(context, study.facilityId);
  }

  @ResolveField(() => String, { nullable: true, description: 'Whom it shows, in the terms of the host. It is in no message and no push.' })
  patientRef(@Parent() { id, patientRefSealed }: Study): string | null {
    return patientRefSealed && this.config.secretsKey ? unseal(this.config.secretsKey, id, patientRefSealed) : null;
  }
}

@Resolver(() => Message)
export class RelatedStudyResolver {
  constructor(
    private readonly loader: FacilitiesLoader,
    private readonly memberships: Memberships,
  ) {}

  @PerViewer()
  @ResolveField(() => Study, { nullable: true, description: 'What the message is about. Null where you may not see the study.' })
  async relatedStudy(message: Message, _: unknown, context: RequestContext): Promise<Study | null> {
    const id = message.metadata?.['studyId'];
    if (!isId(id)) return null;
    const study = await this.loader.study(context, id.toLowerCase());
    return study && (await this.memberships.has(study.roomId, requireViewer(context))) ? study : null;
  }
}

export const StudyStream = subjectStream(studyMachine, 'studyUpdated', 'studies');
