import { ParleyError } from '../../../common/errors/errors.js';
import type { SeatRule } from '../../../participants/seats/seat-rules.js';
import { PlatformRole } from '../../../policy/roles.js';
import { keepRoleIn, standingsIn } from './facilities.queries.js';
import { FacilityRole } from './facility.entity.js';

/**
 * In the rooms of a facility sits who belongs to it, and who of the platform was invited. Over seats in the main room decides who runs the
 * facility, and so over those of its FACILITY_ADMINs in any room: a member who blocks them would take the facility from them.
 */
export const facilitySeats: SeatRule = async (connection, { roomId, actor, userId, takesSeat, event }) => {
  const standing = await standingsIn(connection, roomId, userId, actor.userId);
  if (!standing) return undefined;
  // The room of a study is not the one whose lock an end of the membership holds.
  if (takesSeat && !standing.is_platform_staff && (await keepRoleIn(connection, standing.facility_id, userId)) === null) {
    return new ParleyError('FORBIDDEN', 'This person does not belong to the facility', { field: 'input.userId' });
  }
  if (event === 'participant.added' || actor.platformRole !== PlatformRole.USER) return undefined;
  if (standing.actors_role === FacilityRole.FACILITY_ADMIN) return undefined;
  if (!standing.is_main_room && standing.role !== FacilityRole.FACILITY_ADMIN) return undefined;
  return new ParleyError('FORBIDDEN', 'This is for who runs the facility', { field: 'input.userId' });
};
