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

registerEnumType(ParticipantRole, { name: 'ParticipantRole', description: 'What a person is in one room. It decides what `can` lists.' });
registerEnumType(PlatformRole, { name: 'PlatformRole', description: 'What a person is on the platform. SERVICE is a host system.' });
registerEnumType(ParticipantStatus, {
  name: 'ParticipantStatus',
  description: 'MUTED reads but does not speak; BLOCKED and LEFT neither read nor hear.',
});
registerEnumType(RoomStatus, {
  name: 'RoomStatus',
  description: 'CLOSED is read-only except for staff; ARCHIVED is read-only for everybody and hidden from the default list.',
});
