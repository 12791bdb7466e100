import { registerEnumType } from '@nestjs/graphql';

/** What a person is in one room. */
export enum ParticipantRole {
  CUSTOMER = 'CUSTOMER',
  RIDER = 'RIDER',
  PHARMACY_STAFF = 'PHARMACY_STAFF',
  CLIENT = 'CLIENT',
  WORKER = 'WORKER',
  PATIENT = 'PATIENT',
  PRACTITIONER = 'PRACTITIONER',
  FACILITY_STAFF = 'FACILITY_STAFF',
  SUPPORT_STAFF = 'SUPPORT_STAFF',
  MEDIATOR = 'MEDIATOR',
  OBSERVER = 'OBSERVER',
  ADMIN = 'ADMIN',
}

/** What a person is on the platform as a whole; SERVICE is a host system. */
export enum PlatformRole {
  USER = 'USER',
  SUPPORT = 'SUPPORT',
  ADMIN = 'ADMIN',
  SERVICE = 'SERVICE',
}

export enum ParticipantStatus {
  ACTIVE = 'ACTIVE',
  MUTED = 'MUTED',
  BLOCKED = 'BLOCKED',
  LEFT = 'LEFT',
}

export enum RoomStatus {
  OPEN = 'OPEN',
  CLOSED = 'CLOSED',
  ARCHIVED = 'ARCHIVED',
}

registerEnumType(ParticipantRole, {
  name: 'ParticipantRole',
  description:
    'What a person is in one room. It decides what `RoomViewer.can` lists. Staff roles are given by platform staff and host systems only.',
  valuesMap: {
    PHARMACY_STAFF: { description: 'Staff.' },
    FACILITY_STAFF: { description: 'Staff.' },
    SUPPORT_STAFF: { description: 'Staff of the platform, invited.' },
    MEDIATOR: { description: 'Staff that settles a dispute: speaks and mutes, but does not run the room.' },
    OBSERVER: { description: 'Reads, and says nothing.' },
    ADMIN: { description: 'Runs the room: who created a GROUP, or was made one by an ADMIN.' },
  },
});
registerEnumType(PlatformRole, {
  name: 'PlatformRole',
  description: 'What a person is on the platform.',
  valuesMap: {
    SUPPORT: { description: 'Looks into every room that is not sensitive.' },
    ADMIN: { description: 'Looks into every room.' },
    SERVICE: { description: 'A system of the host.' },
  },
});
registerEnumType(ParticipantStatus, {
  name: 'ParticipantStatus',
  description: 'Whether a person takes part in a room.',
  valuesMap: {
    MUTED: { description: 'Reads, but does not speak.' },
    BLOCKED: { description: 'Neither reads nor hears, and cannot come back until they are unblocked.' },
    LEFT: { description: 'Gone, of their own will or removed. Neither reads nor hears.' },
  },
});
registerEnumType(RoomStatus, {
  name: 'RoomStatus',
  description: 'How far a room is from its end.',
  valuesMap: {
    CLOSED: { description: 'Read-only, except for staff.' },
    ARCHIVED: { description: 'Read-only for everybody, and not in the default list.' },
  },
});
