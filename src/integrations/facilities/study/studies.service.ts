import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { badInput, notFound, ParleyError } from '../../../common/errors/errors.js';
import { isId, newId } from '../../../common/values/ids.js';
import { seal } from '../../../common/sealed.js';
import { CONFIG, type Config } from '../../../config/config.js';
import { lockRoom, type Person } from '../../../participants/membership/membership.js';
import { ParticipantRole, PlatformRole } from '../../../policy/roles.js';
import { RoomKind, RoomVisibility } from '../../../rooms/room/room.entity.js';
import { openRoom } from '../../../rooms/room/room-steps.js';
import { MAX_SEATS } from '../../../rooms/room/rooms.inputs.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import type { RegisterStudyInput } from '../facility/facilities.inputs.js';
import { requireActive, roleIn } from '../facility/facilities.queries.js';
import { Facility, FacilityMember } from '../facility/facility.entity.js';
import { Study } from './study.entity.js';
import { studyMachine } from './study.machine.js';
import { studyTitle } from './study-titles.service.js';

const RACE = '23505';

/** Studies come into being here, in the main room of their facility or in one of their own. */
@Injectable()
export class StudiesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transitions: Transitions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** As a person or a system of the host may. @throws NOT_FOUND, FORBIDDEN, and what `register` throws */
  async registerAs({ userId, platformRole }: Person, input: RegisterStudyInput): Promise<Study> {
    if (platformRole === PlatformRole.SERVICE) return this.register({ source: 'SERVICE', userId, role: 'SERVICE' }, input);
    const role = isId(input.facilityId) ? await roleIn(this.dataSource, input.facilityId, userId) : null;
    if (role === null) throw notFound();
    const forbidden = (field: string) => new ParleyError('FORBIDDEN', 'This is for the host to say', { field: `input.${field}` });
    if (input.externalRef) throw forbidden('externalRef');
    if (input.authority === Authority.HOST) throw forbidden('authority');
    return this.register({ source: 'USER', userId, role: 'FACILITY_STAFF' }, input);
  }

  /** The same `studyUid` in the same facility is the same study. @throws NOT_FOUND, BAD_USER_INPUT, CONFLICT, IDEMPOTENCY_CONFLICT, UNAVAILABLE */
  async register(actor: Actor, input: RegisterStudyInput): Promise<Study> {
    const { idempotencyKey = null, ...plan } = input;
    const facility = isId(plan.facilityId) ? await this.dataSource.manager.findOneBy(Facility, { id: plan.facilityId }) : null;
    if (!facility?.isActive) throw notFound();
    const known = await this.dataSource.manager.findOneBy(Study, { studyUid: plan.studyUid });
    if (known && idempotencyKey === null) return this.same(known, facility, actor);
    const digest = createHmac('sha256', this.config.secretsKey ?? '')
      .update(JSON.stringify(plan))
      .digest('base64url');
    const request = { event: plan.isReceived ? 'receive' : 'upload', payload: { digest }, idempotencyKey, externalRef: plan.externalRef };
    try {
      return await this.transitions.begin(studyMachine, actor, request, (tx) => this.make(tx, actor, facility, plan));
    } catch (error) {
      // Somebody has registered it in the same moment.
      const winner = await this.dataSource.manager.findOneBy(Study, { studyUid: plan.studyUid });
      if (winner && error instanceof ParleyError && error.code === 'CONFLICT') return this.same(winner, facility, actor);
      throw error;
    }
  }

  /** For who may see it: its room may be closed to others of the facility. */
  private async same(study: Study, facility: Facility, actor: Actor): Promise<Study> {
    const isHere = study.facilityId === facility.id && (await this.transitions.sees(this.dataSource, actor, study.roomId));
    if (!isHere) throw new ParleyError('CONFLICT', 'This study is registered elsewhere', { field: 'input.studyUid' });
    return study;
  }

  private async make(tx: TimelineTransaction, actor: Actor, facility: Facility, plan: RegisterStudyInput): Promise<Study> {
    const { patientRef, memberIds, studyUid, modality = null, accession = null, externalRef = null } = plan;
    const id = newId();
    // Whoever joins or leaves the facility meanwhile takes turns.
    await lockRoom(tx.manager, facility.roomId);
    await requireActive(tx.manager, facility.id);
    if (!(await this.transitions.sees(tx.manager, actor, facility.roomId))) throw notFound();
    const role = actor.userId && (await roleIn(tx.manager, facility.id, actor.userId));
    return Object.assign(new Study(), {
      id,
      roomId: memberIds ? await this.ownRoom(tx, actor, facility, plan) : facility.roomId,
      facilityId: facility.id,
      studyUid,
      modality,
      accession,
      externalRef,
      patientRefSealed: patientRef == null ? null : seal(this.key(), id, patientRef),
      uploadedBy: actor.userId,
      seriesCount: plan.seriesCount,
      instanceCount: plan.instanceCount,
      authority: plan.authority,
      hostVersion: null,
      roles: actor.userId && role ? { [actor.userId]: role } : {},
    });
  }

  private async ownRoom(tx: TimelineTransaction, actor: Actor, facility: Facility, plan: RegisterStudyInput): Promise<string> {
    const own = actor.source === 'USER' && actor.userId ? [actor.userId] : [];
    const userIds = [...new Set([...own, ...(plan.memberIds ?? []).map((id) => id.toLowerCase())])];
    if (!userIds.every(isId)) throw badInput('input.memberIds', 'Somebody of them is not in this facility');
    const members = await tx.manager.findBy(FacilityMember, { facilityId: facility.id, userId: In(userIds) });
    const now = new Set(members.filter(({ untilAt }) => untilAt === null).map(({ userId }) => userId));
    if (userIds.some((id) => !now.has(id))) throw badInput('input.memberIds', 'Somebody of them is not in this facility');
    const settings = { kind: RoomKind.FACILITY, visibility: RoomVisibility.PRIVATE, isSensitive: true, maxParticipants: MAX_SEATS };
    const title = studyTitle(facility.name, plan.modality ?? null);
    const people = userIds.map((userId) => ({ userId, role: ParticipantRole.FACILITY_STAFF }));
    const roomId = await openRoom(tx, { ...settings, title, pairKey: `STUDY:${plan.studyUid}`, people }, actor.userId);
    if (roomId === null) throw Object.assign(new Error('the study has a room'), { code: RACE });
    return roomId;
  }

  /** @throws UNAVAILABLE where the node has none: what is medical is not kept in the clear instead */
  private key(): string {
    if (this.config.secretsKey === null) throw new ParleyError('UNAVAILABLE', 'Patients are sealed, and this server has no SECRETS_KEY');
    return this.config.secretsKey;
  }
}
