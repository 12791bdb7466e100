import { SetMetadata } from '@nestjs/common';
import type { Action } from './policy.js';
import type { PlatformRole } from './roles.js';

/** How an operation says who may call it. One that says nothing is refused by the global guard. */
export type Permission =
  | { access: 'public' }
  | { access: 'signedIn' }
  | { access: 'platform'; roles: readonly PlatformRole[] }
  | { access: 'room'; action: Action; by: RoomKey };

/** A thing that a room is about, and the argument (or field of `input`) that names it: its room is the one that is asked for. */
export interface InRoom {
  table: string;
  argument: string;
}

/** How an operation names its room. */
export type RoomKey = 'roomId' | 'id' | 'code' | InRoom;

export const PERMISSION = 'parley:permission';

/** Anybody, also without a token. */
export const Public = () => SetMetadata<string, Permission>(PERMISSION, { access: 'public' });

/** Any known person; what they may see is decided by the operation itself. */
export const SignedIn = () => SetMetadata<string, Permission>(PERMISSION, { access: 'signedIn' });

/** Whoever has one of these roles on the platform; to everybody else it is FORBIDDEN, whatever it names. */
export const RequiresPlatform = (...roles: PlatformRole[]) => SetMetadata<string, Permission>(PERMISSION, { access: 'platform', roles });

/**
 * A participant of the room whom `policy.ts` allows the action. The room is named by `roomId` (argument or field of `input`),
 * or by the argument given in `by`.
 */
export const Requires = (action: Action, by: RoomKey = 'roomId') =>
  SetMetadata<string, Permission>(PERMISSION, { access: 'room', action, by });
