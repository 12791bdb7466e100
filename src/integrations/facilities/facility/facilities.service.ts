import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { badInput, notFound, ParleyError } from '../../../common/errors/errors.js';
import { isId, newId } from '../../../common/values/ids.js';
import { addJob } from '../../../jobs/jobs.queries.js';
import { lockRoom, type Person } from '../../../participants/membership/membership.js';
import { bringIn, takeOut } from '../../../participants/seats/seats.js';
import { ParticipantRole, PlatformRole, RoomStatus } from '../../../policy/roles.js';
import { RoomKind, RoomVisibility } from '../../../rooms/room/room.entity.js';
import { openRoom, retitleRoom, setRoomStatus } from '../../../rooms/room/room-steps.js';
import { MAX_SEATS } from '../../../rooms/room/rooms.inputs.js';
import { Timeline } from '../../../timeline/timeline.service.js';
import type { AddFacilityMemberInput, CreateFacilityInput, RemoveFacilityMemberInput, UpdateFacilityInput } from './facilities.inputs.js';
import { isPlatformStaff, joinFacility, leaveFacility, requireActive, roleIn, roomsOfMember } from './facilities.queries.js';
import { Facility, FacilityRole } from './facility.entity.js';

/** What follows where the rooms of its studies are known: a job with a `RenamedFacility`. */
export const FACILITY_RENAMED = 'facility.renamed';

export interface RenamedFacility {
  facilityId: string;
  by: string;
}

export const runsPlatform = ({ platformRole }: Person): boolean =>
  platformRole === PlatformRole.ADMIN || platformRole === PlatformRole.SERVICE;

/** Facilities, and who belongs to them: with a seat in the main room. */
@Injectable()
export class FacilitiesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
  ) {}

  /** The same `externalRef` is the same facility. */
  async create(person: Person, { name, externalRef = null }: CreateFacilityInput): Promise<Facility> {
    const id = newId();
    const isNew = await this.timeline.commit(async (tx) => {
      const settings = { kind: RoomKind.FACILITY, visibility: RoomVisibility.PRIVATE, isSensitive: true, people: [] };
      const title = { of: 'facility' as const, facility: name };
      const pairKey = `FACILITY:${externalRef ?? id}`;
      const roomId = await openRoom(tx, { ...settings, title, maxParticipants: MAX_SEATS, pairKey }, person.userId);
      if (roomId === null) return false;
      await tx.manager.insert(Facility, { id, roomId, name, externalRef, isActive: true });
      return true;
    });
    return this.dataSource.manager.findOneByOrFail(Facility, isNew || externalRef === null ? { id } : { externalRef });
  }

  /**
   * Its rooms go by its name as long as nobody has given them another: the main one at once, those of studies within moments. The main one
   * is open while it is active, and archived while it is not: in one that is only closed its people, who are staff there, would talk on.
   *
   * @throws NOT_FOUND
   */
  async update(person: Person, { facilityId, name, isActive }: UpdateFacilityInput): Promise<Facility> {
    const { id, roomId } = await this.one(facilityId);
    return this.timeline.commit(async (tx) => {
      await lockRoom(tx.manager, roomId);
      const facility = await tx.manager.findOneByOrFail(Facility, { id });
      const next = { name: name ?? facility.name, isActive: isActive ?? facility.isActive };
      await tx.manager.update(Facility, { id }, next);
      if (next.name !== facility.name) {
        await retitleRoom(tx, roomId, { of: 'facility', facility: next.name }, person.userId);
        await addJob(tx.manager, FACILITY_RENAMED, { facilityId: id, by: person.userId }, { key: `${FACILITY_RENAMED}:${id}` });
      }
      if (next.isActive !== facility.isActive) {
        const [status, reason] = next.isActive
          ? ([RoomStatus.OPEN, 'the facility is active again'] as const)
          : ([RoomStatus.ARCHIVED, 'the facility is no longer active'] as const);
        await setRoomStatus(tx, roomId, status, person.userId, reason);
      }
      return { ...facility, ...next };
    });
  }

  /** @throws FORBIDDEN, ROOM_FULL, CONFLICT (blocked there; a facility that is not active), BAD_USER_INPUT (no such person) */
  async add(person: Person, { facilityId, userId, role }: AddFacilityMemberInput): Promise<Facility> {
    const facility = await this.one(facilityId);
    await this.timeline.commit(async (tx) => {
      await this.enterAsAdministrator(tx.manager, person, facility);
      await requireActive(tx.manager, facility.id);
      if (!isId(userId)) throw badInput('input.userId', 'There is no such person');
      await bringIn(tx, facility.roomId, { userId, role: ParticipantRole.FACILITY_STAFF }, person.userId);
      await joinFacility(tx.manager, facility.id, userId, role);
    });
    return facility;
  }

  /** Takes their seats in the main room and in those of studies, also those that are left of a membership that is over. */
  async remove(person: Person, { facilityId, userId }: RemoveFacilityMemberInput): Promise<Facility> {
    const facility = await this.one(facilityId);
    await this.timeline.commit(async (tx) => {
      // Before the rooms of studies: whoever joins or leaves this facility takes turns.
      await this.enterAsAdministrator(tx.manager, person, facility);
      if (!isId(userId)) return;
      const belonged = await leaveFacility(tx.manager, facility.id, userId);
      // Platform staff without a membership were invited.
      if (!belonged && (await isPlatformStaff(tx.manager, userId))) return;
      for (const roomId of await roomsOfMember(tx.manager, facility.id, userId)) {
        if (roomId !== facility.roomId) await lockRoom(tx.manager, roomId);
        await takeOut(tx, roomId, userId, `no longer at ${facility.name}`, person.userId);
      }
    });
    return facility;
  }

  private async one(facilityId: string): Promise<Facility> {
    const facility = isId(facilityId) ? await this.dataSource.manager.findOneBy(Facility, { id: facilityId }) : null;
    if (!facility) throw notFound();
    return facility;
  }

  /** Locks its main room, of which they may read. @throws FORBIDDEN for who does not run it at this moment */
  private async enterAsAdministrator(manager: EntityManager, person: Person, { id, roomId }: Facility): Promise<void> {
    await lockRoom(manager, roomId);
    if (runsPlatform(person)) return;
    if ((await roleIn(manager, id, person.userId)) !== FacilityRole.FACILITY_ADMIN) throw new ParleyError('FORBIDDEN');
  }
}
