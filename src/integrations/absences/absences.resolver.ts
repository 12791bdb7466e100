import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../../auth/context.js';
import { SignedIn } from '../../policy/permission.decorators.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { Absence } from './absence.entity.js';
import { EndAbsenceInput, SetAbsenceInput } from './absences.inputs.js';
import { AbsencesService } from './absences.service.js';

@Resolver(() => Absence)
export class AbsencesResolver {
  constructor(
    private readonly absences: AbsencesService,
    private readonly users: UsersLoader,
  ) {}

  @SignedIn()
  @Query(() => Absence, { nullable: true, description: 'The last that I have set, or that the host has set for me.' })
  myAbsence(@CurrentViewer() viewer: Viewer) {
    return this.absences.of(viewer.userId);
  }

  @SignedIn()
  @Mutation(() => Absence, {
    description:
      'While it lasts, the room of an appointment hears of it once, when the patient writes, and a delegate gets a seat there until it is over. It takes the place of an earlier one.',
  })
  setAbsence(@CurrentViewer() viewer: Viewer, @Args('input') input: SetAbsenceInput) {
    return this.absences.set(viewer, input);
  }

  @SignedIn()
  @Mutation(() => Absence, {
    nullable: true,
    description: 'Delegates lose the seats that they have because of it. Null where there was none.',
  })
  endAbsence(@CurrentViewer() viewer: Viewer, @Args('input') input: EndAbsenceInput) {
    return this.absences.end(viewer, input);
  }

  @ResolveField(() => User)
  practitioner(@Parent() { practitionerId }: Absence, @Context() context: RequestContext) {
    return this.users.load(context, practitionerId);
  }

  @ResolveField(() => User, { nullable: true, description: 'Who answers instead.' })
  delegate(@Parent() { delegateId }: Absence, @Context() context: RequestContext) {
    return delegateId === null ? null : this.users.load(context, delegateId);
  }
}
