import { Args, ID, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { DataSource, In } from 'typeorm';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { connect, Connection, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { isId } from '../../common/values/ids.js';
import { Requires, SignedIn } from '../../policy/permission.decorators.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { subjectStream } from '../../transitions/subjects/subject-stream.resolver.js';
import { Appointment } from './appointment/appointment.entity.js';
import { AppointmentStepsService } from './appointment-steps.service.js';
import { appointmentMachine } from './appointment/appointment.machine.js';
import {
  AcceptAppointmentInput,
  AppointmentFilter,
  ArriveAtAppointmentInput,
  BookAppointmentInput,
  CancelAppointmentInput,
  CheckInAppointmentInput,
  EnterAppointmentInErrorInput,
  FulfillAppointmentInput,
  MissAppointmentInput,
  OfferAppointmentInput,
  ProposeAppointmentInput,
  RequestAppointmentInput,
  RescheduleAppointmentInput,
  WaitForAppointmentInput,
} from './appointment/appointments.inputs.js';
import { myAppointments } from './appointment/appointments.queries.js';

const BY_ID = { table: 'appointments', argument: 'id' };
const BY_APPOINTMENT = { table: 'appointments', argument: 'appointmentId' };

@ObjectType({ description: 'A page of appointments, the newest first.' })
export class AppointmentConnection extends Connection(Appointment) {}

@Resolver(() => Appointment)
export class AppointmentsResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: AppointmentStepsService,
  ) {}

  @Requires('room.read', BY_ID)
  @Query(() => Appointment, { description: 'With its room, and what I could do with it now.' })
  appointment(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Appointment, { id });
  }

  @SignedIn()
  @Query(() => AppointmentConnection, { name: 'appointments', description: 'My own, as practitioner or as patient, the newest first.' })
  async mine(
    @CurrentViewer() viewer: Viewer,
    @Args() page: ForwardPageArgs,
    @Args('filter', { nullable: true }) filter: AppointmentFilter = {},
  ): Promise<AppointmentConnection> {
    const size = pageSize(page.first);
    const [after = null] = page.after == null ? [] : decodeCursor(page.after, 'after', [isId]);
    const ids = await myAppointments(this.dataSource, viewer.userId, filter.status ?? null, after, size + 1);
    const where = { id: In(ids.slice(0, size)) };
    const nodes = ids.length === 0 ? [] : await this.dataSource.manager.find(Appointment, { where, order: { id: 'DESC' } });
    return connect(nodes, ({ id }) => encodeCursor([id]), { next: ids.length > size, previous: page.after != null });
  }

  @SignedIn()
  @Mutation(() => Appointment, {
    description: 'By the host, or by a practitioner for a contact of theirs: BOOKED at once. It opens the room of the two.',
  })
  bookAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: BookAppointmentInput) {
    return this.steps.begin(viewer, 'book', input);
  }

  @SignedIn()
  @Mutation(() => Appointment, { description: 'By the practitioner: PROPOSED until the patient accepts it.' })
  proposeAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: ProposeAppointmentInput) {
    return this.steps.begin(viewer, 'propose', input);
  }

  @SignedIn()
  @Mutation(() => Appointment, { description: 'By the patient: PENDING until the practitioner accepts it.' })
  requestAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: RequestAppointmentInput) {
    return this.steps.begin(viewer, 'request', input);
  }

  @SignedIn()
  @Mutation(() => Appointment, { description: 'On the waiting list, until the practitioner offers a time.' })
  waitForAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: WaitForAppointmentInput) {
    return this.steps.begin(viewer, 'wait', input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'Proposes a time that became free to who is on the waiting list.')
  offerAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: OfferAppointmentInput) {
    return this.steps.offer(viewer, input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'By whose turn it is to agree. The two are contacts from now on, and their room is open.')
  acceptAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: AcceptAppointmentInput) {
    return this.steps.take(viewer, 'accept', input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'By either of the two. After the last one their room is read-only.')
  cancelAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: CancelAppointmentInput) {
    return this.steps.take(viewer, 'cancel', input);
  }

  @StepOf(
    () => Appointment,
    BY_APPOINTMENT,
    'Cancels it and gives the new one, which the other side has to accept where nobody but the practitioner or the host has agreed yet. Where only the host decides, the one that is asked for.',
  )
  rescheduleAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: RescheduleAppointmentInput) {
    return this.steps.reschedule(viewer, input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'By the practitioner, the front desk or the host.')
  arriveAtAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: ArriveAtAppointmentInput) {
    return this.steps.take(viewer, 'arrive', input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'The formalities are done: it can begin.')
  checkInAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: CheckInAppointmentInput) {
    return this.steps.take(viewer, 'check_in', input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'It has taken place. The two stay contacts for `CONTACT_AFTER_VISIT_DAYS`.')
  fulfillAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: FulfillAppointmentInput) {
    return this.steps.take(viewer, 'fulfill', input);
  }

  @StepOf(
    () => Appointment,
    BY_APPOINTMENT,
    'It did not take place, whoever stayed away. By itself `APPOINTMENT_NOSHOW_HOURS` after its end.',
  )
  missAppointment(@CurrentViewer() viewer: Viewer, @Args('input') input: MissAppointmentInput) {
    return this.steps.take(viewer, 'miss', input);
  }

  @StepOf(() => Appointment, BY_APPOINTMENT, 'It should never have been there. By administrators and the host, with a `reason`.')
  enterAppointmentInError(@CurrentViewer() viewer: Viewer, @Args('input') input: EnterAppointmentInErrorInput) {
    return this.steps.take(viewer, 'enter_in_error', input);
  }
}

export const AppointmentStream = subjectStream(appointmentMachine, 'appointmentUpdated', 'appointments');
