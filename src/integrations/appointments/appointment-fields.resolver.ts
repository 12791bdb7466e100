import { Inject } from '@nestjs/common';
import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { unseal } from '../../common/sealed.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Room } from '../../rooms/room/room.entity.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import { Payment, PaymentContext } from '../payments/payment/payment.entity.js';
import { PAID_FOR, PaymentsForLoader } from '../payments/payments-for.loader.js';
import { Appointment } from './appointment/appointment.entity.js';
import { AppointmentsLoader } from './appointment/appointments.loader.js';

/** What an appointment tells beyond its own row. */
@Resolver(() => Appointment)
export class AppointmentFieldsResolver {
  constructor(
    private readonly users: UsersLoader,
    private readonly loader: AppointmentsLoader,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @ResolveField(() => User)
  practitioner(@Parent() appointment: Appointment, @Context() context: RequestContext) {
    return this.users.load(context, appointment.practitionerId);
  }

  @ResolveField(() => User)
  patient(@Parent() appointment: Appointment, @Context() context: RequestContext) {
    return this.users.load(context, appointment.patientId);
  }

  @PerViewer()
  @ResolveField(() => String, {
    nullable: true,
    description: 'Why they meet: for the two of them only. Null for everybody else in the room.',
  })
  reason(@Parent() { id, practitionerId, patientId, reasonSealed }: Appointment, @Context() context: RequestContext): string | null {
    const { userId } = requireViewer(context);
    if (userId !== practitionerId && userId !== patientId) return null;
    return reasonSealed && this.config.secretsKey ? unseal(this.config.secretsKey, id, reasonSealed) : null;
  }

  @ResolveField(() => Appointment, { nullable: true, description: 'The one at another time that took its place.' })
  async rescheduledTo(@Parent() appointment: Appointment, @Context() context: RequestContext): Promise<Appointment | null> {
    return (await this.loader.movedFrom(context, appointment.id)) ?? null;
  }
}

@Resolver(() => Appointment)
export class AppointmentPaymentsResolver {
  constructor(private readonly loader: PaymentsForLoader) {}

  @PerViewer()
  @ResolveField(() => [Payment], { description: PAID_FOR })
  payments(@Parent() { id }: Appointment, @Context() context: RequestContext) {
    return this.loader.load(context, PaymentContext.APPOINTMENT, id);
  }
}

@Resolver(() => Room)
export class RoomAppointmentsResolver {
  constructor(private readonly loader: AppointmentsLoader) {}

  @ResolveField(() => [Appointment], { description: 'Of the two whose room it is: the newest 20.' })
  appointments(@Parent() room: Room, @Context() context: RequestContext): Promise<Appointment[]> {
    return this.loader.ofRoom(context, room.id);
  }
}
