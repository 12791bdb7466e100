import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId, newId } from '../../common/values/ids.js';
import { seal } from '../../common/sealed.js';
import { CONFIG, type Config } from '../../config/config.js';
import type { Person } from '../../participants/membership/membership.js';
import { findParticipant } from '../../participants/seats/participants.queries.js';
import { bringIn } from '../../participants/seats/seats.js';
import { ParticipantRole, ParticipantStatus, PlatformRole } from '../../policy/roles.js';
import { RoomKind, RoomVisibility } from '../../rooms/room/room.entity.js';
import { openRoom } from '../../rooms/room/room-steps.js';
import { lockRoomByPair } from '../../rooms/room/rooms.queries.js';
import type { TimelineTransaction } from '../../timeline/timeline.service.js';
import type { Actor } from '../../transitions/machine/machine.js';
import { Authority } from '../../transitions/machine/subject.js';
import { Transitions } from '../../transitions/transitions.service.js';
import { Appointment, type AppointmentMode } from './appointment/appointment.entity.js';
import { appointmentMachine } from './appointment/appointment.machine.js';
import { areContacts, pairKeyOf, treats } from './appointment/appointments.queries.js';

/** The two, and a few whom they bring in. */
const MAX_PEOPLE = 10;
const RACE = '23505';

export type Beginning = 'propose' | 'request' | 'wait' | 'book';

/** Who meets whom, when, why. */
export interface AppointmentPlan {
  practitionerId: string;
  patientId: string;
  startAt: Date | null;
  endAt: Date | null;
  mode: AppointmentMode;
  /** Medical: sealed at once, and nowhere in the clear. */
  reasonForVisit?: string | null;
  externalRef?: string | null;
  authority: Authority;
  idempotencyKey?: string | null;
}

/** An appointment comes into being here, in the room of its two people. */
@Injectable()
export class AppointmentsService {
  constructor(
    private readonly transitions: Transitions,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** As a person or a system of the host may. @throws FORBIDDEN, and what `begin` throws */
  beginAs(person: Person, event: Beginning, plan: AppointmentPlan): Promise<Appointment> {
    const { userId, platformRole } = person;
    if (platformRole === PlatformRole.SERVICE) return this.begin({ source: 'SERVICE', userId, role: 'SERVICE' }, event, plan);
    const forbidden = (field: string) => new ParleyError('FORBIDDEN', 'This is for the host to say', { field: `input.${field}` });
    if (plan.externalRef) throw forbidden('externalRef');
    if (plan.authority === Authority.HOST) throw forbidden('authority');
    const isPractitioner = plan.practitionerId.toLowerCase() === userId;
    if (!isPractitioner && plan.patientId.toLowerCase() !== userId) {
      throw new ParleyError('FORBIDDEN', 'Only the host makes appointments for others');
    }
    return this.begin({ source: 'USER', userId, role: isPractitioner ? 'PRACTITIONER' : 'PATIENT' }, event, plan);
  }

  /** The same `externalRef` or key is the same appointment. @throws BAD_USER_INPUT, FORBIDDEN, CONFLICT, IDEMPOTENCY_CONFLICT, UNAVAILABLE */
  begin(actor: Actor, event: Beginning, { idempotencyKey = null, ...given }: AppointmentPlan): Promise<Appointment> {
    const plan = { ...given, practitionerId: given.practitionerId.toLowerCase(), patientId: given.patientId.toLowerCase() };
    for (const field of ['practitionerId', 'patientId'] as const) {
      if (!isId(plan[field])) throw badInput(`input.${field}`, 'There is no such person');
    }
    if (plan.practitionerId === plan.patientId) throw badInput('input.patientId', 'An appointment needs two people');
    checkTimes(plan, event);
    const request = { event, payload: { digest: this.digestOf(plan) }, idempotencyKey, externalRef: plan.externalRef };
    return this.transitions.begin(appointmentMachine, actor, request, (tx) => this.make(tx, actor, event, plan));
  }

  private async make(tx: TimelineTransaction, actor: Actor, event: Beginning, plan: AppointmentPlan): Promise<Appointment> {
    // Before anything is looked for. Else whoever calls themselves a practitioner could write to anybody.
    if (event === 'book' && actor.source === 'USER' && !(await this.mayBook(tx.manager, plan)))
      throw new ParleyError('FORBIDDEN', 'A first appointment is proposed, and the patient accepts it');
    const { reasonForVisit, ...columns } = plan;
    const id = newId();
    return Object.assign(
      new Appointment(),
      { externalRef: null, hostVersion: null, rescheduledFromId: null, contactUntil: null, cancelUntil: null },
      columns,
      {
        id,
        roomId: await this.enter(tx, actor, plan),
        reasonSealed: reasonForVisit == null ? null : seal(this.key(), id, reasonForVisit),
      },
    );
  }

  private async mayBook(manager: EntityManager, { practitionerId, patientId }: AppointmentPlan): Promise<boolean> {
    const now = this.clock.now();
    return (await treats(manager, { practitionerId, patientId }, now)) && (await areContacts(manager, practitionerId, patientId, now));
  }

  /** The one room of the pair, new or locked, with both in it. @throws NOT_FOUND (who asks is blocked there), CONFLICT (the other is) */
  private async enter(tx: TimelineTransaction, actor: Actor, { practitionerId, patientId }: AppointmentPlan): Promise<string> {
    const pairKey = pairKeyOf({ practitionerId, patientId });
    const people = [
      { userId: practitionerId, role: ParticipantRole.PRACTITIONER },
      { userId: patientId, role: ParticipantRole.PATIENT },
    ];
    const existing = await lockRoomByPair(tx.manager, pairKey);
    if (!existing) {
      const settings = { kind: RoomKind.APPOINTMENT, visibility: RoomVisibility.PRIVATE, title: null, isSensitive: true };
      const roomId = await openRoom(tx, { ...settings, maxParticipants: MAX_PEOPLE, pairKey, people }, actor.userId);
      // Somebody has opened it meanwhile, and this attempt is over; or one code in 2^40 was taken.
      if (roomId === null) throw Object.assign(new Error('the pair has a room'), { code: RACE });
      return roomId;
    }
    const own = actor.userId && (await findParticipant(tx.manager, existing, actor.userId));
    if (own && own.status === ParticipantStatus.BLOCKED) throw notFound();
    for (const person of people) await bringIn(tx, existing, person, actor.userId);
    return existing;
  }

  /** What makes two of them the same: keyed, because the payload of a step stays for ever, and few reasons would have to be tried. */
  private digestOf(plan: AppointmentPlan): string {
    const key = plan.reasonForVisit == null ? (this.config.secretsKey ?? '') : this.key();
    return createHmac('sha256', key).update(JSON.stringify(plan)).digest('base64url');
  }

  /** @throws UNAVAILABLE where the node has none: what is medical is not kept in the clear instead */
  private key(): string {
    if (this.config.secretsKey === null) throw new ParleyError('UNAVAILABLE', 'Reasons are sealed, and this server has no SECRETS_KEY');
    return this.config.secretsKey;
  }
}

function checkTimes({ startAt, endAt }: AppointmentPlan, event: Beginning): void {
  if (event !== 'wait' && !startAt) throw badInput('input.startAt', 'A time is needed');
  if ((startAt === null) !== (endAt === null)) throw badInput('input.endAt', 'Give both times, or none');
  if (startAt && endAt && endAt <= startAt) throw badInput('input.endAt', 'It ends after it has begun');
}
