import { ParleyError } from '../../common/errors/errors.js';
import { isId } from '../../common/values/ids.js';
import { run } from '../../database/sql.js';
import type { SeatRule } from '../../participants/seats/seat-rules.js';
import { PlatformRole } from '../../policy/roles.js';
import { type DirectRooms, NO_CONTACT } from './direct-rooms.js';

const IS_GROUP = { name: 'is_group', text: `select 1 as is_group from rooms where id = $1 and kind = 'GROUP'` };

/** People fill their own groups with those to whom they may write: a group of two is a direct room by another name. */
export const groupSeats =
  (directRooms: DirectRooms): SeatRule =>
  async (connection, { roomId, actor, userId, event }) => {
    if (event !== 'participant.added' || !isId(userId) || actor.platformRole !== PlatformRole.USER) return undefined;
    if ((await run(connection, IS_GROUP, [roomId])).length === 0) return undefined;
    if (await directRooms.mayOpen(connection, actor.userId, userId)) return undefined;
    return new ParleyError('FORBIDDEN', NO_CONTACT, { field: 'input.userId' });
  };
