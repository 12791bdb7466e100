import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { z } from 'zod';
import { ParleyError } from '../../../common/errors/errors.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Appointment, AppointmentMode } from '../../appointments/appointment/appointment.entity.js';
import { appointmentMachine } from '../../appointments/appointment/appointment.machine.js';
import { AppointmentsService, type Beginning as AppointmentBeginning } from '../../appointments/appointments.service.js';
import { instant, text } from '../receiving/envelope.js';
import { type Beginning, beginning, InboundHandlers, payload } from '../receiving/handlers.js';
import { People, person } from './people.js';

const times = { startAt: instant, endAt: instant };
const isInOrder = ({ startAt, endAt }: { startAt?: Date | null; endAt?: Date | null }): boolean => !startAt || !endAt || startAt < endAt;
const ENDS = { path: ['endAt'], message: 'must come after startAt' };

const plan = z.object({
  practitioner: person,
  patient: person,
  mode: z.enum(AppointmentMode).default(AppointmentMode.IN_PERSON),
  authority: z.enum(Authority).default(Authority.PARLEY),
  // It is sealed where it stands, and events are kept as they came.
  reasonForVisit: z.undefined('is not taken here: what comes in is kept in the clear').optional(),
});
const timed = plan.extend(times).refine(isInOrder, ENDS);
const waiting = plan
  .extend({ startAt: instant.nullish(), endAt: instant.nullish() })
  .refine(({ startAt, endAt }) => !startAt === !endAt, { path: ['endAt'], message: 'both times are needed, or none' })
  .refine(isInOrder, ENDS);

const newTimes = z.object(times).refine(isInOrder, ENDS);
const moved = z.object({ ...times, newExternalRef: text(200) }).refine(isInOrder, ENDS);

const asText = ({ startAt, endAt }: z.output<typeof newTimes>): Metadata => ({
  startAt: startAt.toISOString(),
  endAt: endAt.toISOString(),
});

/** What systems tell of appointments. */
@Injectable()
export class AppointmentEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly people: People,
    private readonly appointments: AppointmentsService,
    handlers: InboundHandlers,
  ) {
    handlers.add({
      machine: appointmentMachine,
      beginnings: {
        propose: this.beginningBy('propose', timed),
        request: this.beginningBy('request', timed),
        book: this.beginningBy('book', timed),
        wait: this.beginningBy('wait', waiting),
      },
      payloads: {
        offer: payload(newTimes, asText),
        reschedule: payload(moved, async ({ newExternalRef, ...told }) => {
          await this.requireNew(newExternalRef);
          return { ...asText(told), externalRef: newExternalRef };
        }),
      },
    });
  }

  private beginningBy(event: AppointmentBeginning, schema: typeof timed | typeof waiting): Beginning {
    return beginning<typeof waiting>({
      schema: schema as typeof waiting,
      begin: async (actor, externalRef, { practitioner, patient, startAt = null, endAt = null, mode, authority }) => {
        const practitionerId = await this.people.idOf(practitioner, 'data.practitioner');
        const patientId = await this.people.idOf(patient, 'data.patient');
        return this.appointments.begin(actor, event, { practitionerId, patientId, startAt, endAt, mode, authority, externalRef });
      },
    });
  }

  /** The new time is a new appointment: the name of one that began otherwise is taken. */
  private async requireNew(externalRef: string): Promise<void> {
    if (await this.dataSource.manager.existsBy(Appointment, { externalRef, rescheduledFromId: IsNull() })) {
      throw new ParleyError('CONFLICT', 'There is an appointment of the new name already');
    }
  }
}
