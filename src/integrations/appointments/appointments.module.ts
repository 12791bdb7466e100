import { Inject, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/config.js';
import { DirectRooms } from '../../rooms/room/direct-rooms.js';
import { Deadlines } from '../../transitions/deadlines/deadlines.service.js';
import type { Move } from '../../transitions/machine/machine.js';
import { Machines } from '../../transitions/machine/machines.js';
import { TransitionsModule } from '../../transitions/transitions.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { AppointmentFieldsResolver, AppointmentPaymentsResolver, RoomAppointmentsResolver } from './appointment-fields.resolver.js';
import { AppointmentStepsService } from './appointment-steps.service.js';
import { closeWithoutContact, CONTACT_ENDS } from './appointment/appointment.effects.js';
import { Appointment } from './appointment/appointment.entity.js';
import { appointmentMachine } from './appointment/appointment.machine.js';
import { followAppointment, followLatePayment } from './appointment/appointment.money.js';
import { AppointmentsLoader } from './appointment/appointments.loader.js';
import { AppointmentStream, AppointmentsResolver } from './appointments.resolver.js';
import { AppointmentsService } from './appointments.service.js';
import { ContactsResolver } from './contacts.resolver.js';
import { followContact, followStep, mayWrite } from './direct-contacts.js';

const TOO_LONG_AGO = 'the last appointment is too long ago';

@Module({
  imports: [TypeOrmModule.forFeature([Appointment]), TransitionsModule, PaymentsModule],
  providers: [
    AppointmentsService,
    AppointmentStepsService,
    AppointmentsLoader,
    AppointmentsResolver,
    AppointmentFieldsResolver,
    AppointmentPaymentsResolver,
    RoomAppointmentsResolver,
    ContactsResolver,
    AppointmentStream,
  ],
  exports: [AppointmentsService, TransitionsModule],
})
export class AppointmentsModule {
  constructor(machines: Machines, deadlines: Deadlines, directRooms: DirectRooms, clock: Clock, @Inject(CONFIG) config: Config) {
    const isForContacts = config.directRooms === 'contacts';
    machines.add(appointmentMachine);
    machines.observe(appointmentMachine.name, followAppointment);
    machines.observe('payment', followLatePayment);
    deadlines.handle(CONTACT_ENDS, async (tx, { aggregateId }) => {
      const appointment = await tx.manager.findOneByOrFail(Appointment, { id: aggregateId });
      await closeWithoutContact(tx, appointment, clock.now(), TOO_LONG_AGO);
      if (isForContacts) await followContact(tx, appointment, clock.now(), TOO_LONG_AGO);
    });
    if (!isForContacts) return;
    directRooms.judgeBy((connection, userId, otherId) => mayWrite(connection, userId, otherId, clock.now()));
    machines.observe(appointmentMachine.name, (move) => followStep(move as Move<Appointment>));
  }
}
