import { ParleyError } from '../../../common/errors/errors.js';
import { PlatformRole } from '../../../policy/roles.js';
import type { RoomRule } from '../../../rooms/room/room-rules.js';
import { mainRoomOf } from './facilities.queries.js';
import { FacilityRole } from './facility.entity.js';

/**
 * Its people are staff in the main room of their facility, which of itself would let each of them shut it for all others, and open again what
 * the host has shut. Who runs the facility closes and reopens it; what they could not take back is not theirs to do.
 */
export const mainRoom: RoomRule = async (connection, { roomId, actor, action }) => {
  if (actor.platformRole !== PlatformRole.USER) return undefined;
  const facility = await mainRoomOf(connection, roomId, actor.userId);
  if (!facility) return undefined;
  if (action === 'room.archive' || action === 'room.delete') return new ParleyError('FORBIDDEN', 'This is for the platform');
  if (facility.role !== FacilityRole.FACILITY_ADMIN) return new ParleyError('FORBIDDEN', 'This is for who runs the facility');
  if (action === 'room.reopen' && !facility.is_active) return new ParleyError('CONFLICT', 'This facility is no longer active');
  return undefined;
};
