import { describe, expect, test } from '@jest/globals';
import { ACTIONS, type Actor, allowedActions, mayGrant, POLICY, refusal, rolesThatMay, SPEAKING, visitingRole } from './policy.js';
import { ParticipantRole, PlatformRole, RoomStatus } from './roles.js';

const actor = (role: Actor['role'], more: Partial<Actor> = {}): Actor => ({
  userId: 'me',
  role,
  isMuted: false,
  roomStatus: RoomStatus.OPEN,
  ...more,
});

const ROLES: Actor['role'][] = [...Object.values(ParticipantRole), 'VISITING_SUPPORT', 'VISITING_ADMIN'];
const everyActor = ROLES.flatMap((role) =>
  Object.values(RoomStatus).flatMap((roomStatus) => [true, false].map((isMuted) => actor(role, { roomStatus, isMuted }))),
);

describe('the policy', () => {
  test('lists as allowed exactly what it does not refuse', () => {
    for (const who of everyActor) expect(allowedActions(who)).toEqual(ACTIONS.filter((action) => refusal(who, action) === undefined));
  });

  test('never allows a muted person more, and takes from them only speech', () => {
    for (const who of everyActor.filter(({ isMuted }) => isMuted)) {
      const lost = allowedActions({ ...who, isMuted: false }).filter((action) => !allowedActions(who).includes(action));
      expect(lost.every((action) => SPEAKING.has(action) && refusal(who, action) === 'MUTED')).toBe(true);
    }
  });

  test('never allows more with the message of another than with one of your own', () => {
    for (const who of everyActor) {
      for (const action of ACTIONS) {
        if (!refusal(who, action, { ownerId: 'you' })) expect(refusal(who, action, { ownerId: 'me' })).toBeUndefined();
      }
    }
  });

  test('gives nobody outside the room a voice, a seat to leave or a position', () => {
    for (const action of ACTIONS.filter((name) =>
      /^(message\.(send|edit|react|markRead)|participant\.leave|history|typing|preferences)/.test(name),
    )) {
      expect(Object.keys(POLICY[action]).filter((role) => role.startsWith('VISITING'))).toEqual([]);
    }
  });

  test('says why not: the role first, then the state of the room, then the mute', () => {
    expect(refusal(actor('OBSERVER', { isMuted: true }), 'message.send')).toBe('FORBIDDEN');
    expect(refusal(actor('CUSTOMER', { isMuted: true, roomStatus: RoomStatus.CLOSED }), 'message.send')).toBe('ROOM_CLOSED');
    expect(refusal(actor('CUSTOMER', { isMuted: true }), 'message.send')).toBe('MUTED');
    expect(refusal(actor('ADMIN'), 'room.reopen')).toBe('ILLEGAL_TRANSITION');
    expect(refusal(actor('CUSTOMER'), 'message.edit', { ownerId: 'you' })).toBe('FORBIDDEN');
    expect(refusal(actor('CUSTOMER'), 'message.edit', { ownerId: null })).toBe('FORBIDDEN');
  });

  test('names the roles that may do something, for statements that judge many at once', () => {
    expect(rolesThatMay('message.send', RoomStatus.ARCHIVED)).toEqual([]);
    expect(rolesThatMay('message.send', RoomStatus.CLOSED).sort()).toEqual([
      'ADMIN',
      'FACILITY_STAFF',
      'MEDIATOR',
      'PHARMACY_STAFF',
      'SUPPORT_STAFF',
    ]);
    expect(rolesThatMay('message.send', RoomStatus.OPEN)).toHaveLength(Object.values(ParticipantRole).length - 1);
  });
});

describe('platform staff', () => {
  test.each([
    [PlatformRole.USER, undefined, undefined],
    [PlatformRole.SUPPORT, 'VISITING_SUPPORT', undefined],
    [PlatformRole.ADMIN, 'VISITING_ADMIN', 'VISITING_ADMIN'],
    [PlatformRole.SERVICE, 'VISITING_ADMIN', 'VISITING_ADMIN'],
  ])('%s looks into a room as %s, into a sensitive one as %s', (role, usual, sensitive) => {
    expect(visitingRole(role, { isSensitive: false })).toBe(usual);
    expect(visitingRole(role, { isSensitive: true })).toBe(sensitive);
  });
});

describe('a role', () => {
  const STAFF = ['SUPPORT_STAFF', 'MEDIATOR', 'PHARMACY_STAFF', 'FACILITY_STAFF'];

  test.each(Object.values(ParticipantRole))('%s is given by who may give it', (role) => {
    const byUser = (own?: Actor['role']) => mayGrant({ role: own, platformRole: PlatformRole.USER }, role);
    expect(byUser('ADMIN')).toBe(!STAFF.includes(role));
    expect(byUser('PHARMACY_STAFF')).toBe(!STAFF.includes(role) && role !== ParticipantRole.ADMIN);
    expect(byUser()).toBe(!STAFF.includes(role) && role !== ParticipantRole.ADMIN);
    for (const platformRole of [PlatformRole.SUPPORT, PlatformRole.ADMIN, PlatformRole.SERVICE])
      expect(mayGrant({ platformRole }, role)).toBe(true);
  });
});
