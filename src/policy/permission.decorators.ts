import { SetMetadata } from '@nestjs/common';
import type { Action } from './policy.js';

/** How an operation says who may call it. One that says nothing is refused by the global guard. */
export type Permission = { access: 'public' } | { access: 'signedIn' } | { access: 'room'; action: Action; by: 'roomId' | 'id' | 'code' };

export const PERMISSION = 'parley:permission';

/** Anybody, also without a token. */
export const Public = () => SetMetadata<string, Permission>(PERMISSION, { access: 'public' });

/** Any known person; what they may see is decided by the operation itself. */
export const SignedIn = () => SetMetadata<string, Permission>(PERMISSION, { access: 'signedIn' });

/**
 * A participant of the room whom `policy.ts` allows the action. The room is named by `roomId` (argument or field of `input`),
 * or by the argument given in `by`.
 */
export const Requires = (action: Action, by: 'roomId' | 'id' | 'code' = 'roomId') =>
  SetMetadata<string, Permission>(PERMISSION, { access: 'room', action, by });
