import { Context, Field, ID, ObjectType, Parent, Query, ResolveField, Resolver, Args } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type RequestContext, type Viewer } from '../../auth/context.js';
import { Clock } from '../../common/clock.js';
import { connect, Connection, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { isId } from '../../common/values/ids.js';
import { isInstantText } from '../../common/values/instant.js';
import { SignedIn } from '../../policy/permission.decorators.js';
import { User } from '../../users/user.entity.js';
import { Appointment } from './appointment/appointment.entity.js';
import { AppointmentsLoader } from './appointment/appointments.loader.js';
import { availableContacts } from './appointment/appointments.queries.js';

@ObjectType({ description: 'Somebody to whom I may write because of an appointment. It follows from appointments, and nobody edits it.' })
export class Contact {
  @Field(() => User)
  user: User;

  @Field(() => ID, { nullable: true, description: 'The room of our appointments; null where I have left it.' })
  roomId: string | null;

  appointmentId: string;
  at: Date;
}

@ObjectType({ description: 'A page of contacts, the latest appointment first.' })
export class ContactConnection extends Connection(Contact) {}

@Resolver(() => Contact)
export class ContactsResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly loader: AppointmentsLoader,
  ) {}

  @SignedIn()
  @Query(() => ContactConnection, {
    description:
      'The other people of my appointments that are BOOKED, ARRIVED, CHECKED_IN or FULFILLED and not too long ago; nobody who is blocked or was deactivated.',
  })
  async availableContacts(@CurrentViewer() viewer: Viewer, @Args() page: ForwardPageArgs): Promise<ContactConnection> {
    const size = pageSize(page.first);
    const [at, id] = page.after == null ? [] : decodeCursor(page.after, 'after', [isInstantText, isId]);
    const after = at && id ? { at, id } : null;
    const rows = await availableContacts(this.dataSource, viewer.userId, this.clock.now(), after, size + 1);
    const nodes = rows.slice(0, size).map((row) => Object.assign(new Contact(), row));
    const cursor = (contact: Contact) => encodeCursor([contact.at.toISOString(), contact.appointmentId]);
    return connect(nodes, cursor, { next: rows.length > size, previous: page.after != null });
  }

  @ResolveField(() => Appointment, { nullable: true, description: 'The latest that counts; null where I have left its room.' })
  async lastAppointment(@Parent() contact: Contact, @Context() context: RequestContext): Promise<Appointment | null> {
    return contact.roomId === null ? null : ((await this.loader.appointment(context, contact.appointmentId)) ?? null);
  }
}
