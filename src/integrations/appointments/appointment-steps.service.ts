import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { badInput, ParleyError } from '../../common/errors/errors.js';
import type { Person } from '../../participants/membership/membership.js';
import { PlatformRole } from '../../policy/roles.js';
import type { Metadata } from '../../timeline/log/message.entity.js';
import { requestOf, type StepInput } from '../../transitions/transitions.inputs.js';
import { Transitions } from '../../transitions/transitions.service.js';
import { Appointment } from './appointment/appointment.entity.js';
import { appointmentMachine } from './appointment/appointment.machine.js';
import type {
  OfferAppointmentInput,
  RequestAppointmentInput,
  RescheduleAppointmentInput,
  WaitForAppointmentInput,
} from './appointment/appointments.inputs.js';
import { AppointmentsService, type Beginning } from './appointments.service.js';

type StepOf = StepInput & { appointmentId: string };

/** What people ask for, as the engine takes it. */
@Injectable()
export class AppointmentStepsService {
  constructor(
    private readonly appointments: AppointmentsService,
    private readonly transitions: Transitions,
    private readonly dataSource: DataSource,
  ) {}

  begin(person: Person, event: Beginning, input: WaitForAppointmentInput | RequestAppointmentInput): Promise<Appointment> {
    const { practitionerId, patientId, ...plan } = { startAt: null, endAt: null, ...input };
    if (!practitionerId && !patientId) throw badInput('input.patientId', 'An appointment needs two people');
    const people = { practitionerId: practitionerId ?? person.userId, patientId: patientId ?? person.userId };
    return this.appointments.beginAs(person, event, { ...plan, ...people });
  }

  take(person: Person, event: string, input: StepOf, payload: Metadata = {}): Promise<Appointment> {
    return this.transitions.move(appointmentMachine, person, input.appointmentId, requestOf(event, input, payload));
  }

  offer(person: Person, input: OfferAppointmentInput): Promise<Appointment> {
    return this.take(person, 'offer', input, timesOf(input));
  }

  async reschedule(person: Person, input: RescheduleAppointmentInput): Promise<Appointment> {
    const { externalRef } = input;
    if (externalRef && person.platformRole !== PlatformRole.SERVICE) {
      throw new ParleyError('FORBIDDEN', 'This is for the host to say', { field: 'input.externalRef' });
    }
    const old = await this.take(person, 'reschedule', input, { ...timesOf(input), ...(externalRef && { externalRef }) });
    return (await this.dataSource.manager.findOneBy(Appointment, { rescheduledFromId: old.id })) ?? old;
  }
}

/** @throws BAD_USER_INPUT */
function timesOf({ startAt, endAt }: { startAt: Date; endAt: Date }): Metadata {
  if (endAt <= startAt) throw badInput('input.endAt', 'It ends after it has begun');
  return { startAt: startAt.toISOString(), endAt: endAt.toISOString() };
}
