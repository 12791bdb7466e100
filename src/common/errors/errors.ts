import { GraphQLError } from 'graphql';

/** Every code a client can meet, and whether the same call may succeed later without being changed. */
export const ERROR_CODES = {
  UNAUTHENTICATED: { retryable: false, message: 'Sign in first' },
  FORBIDDEN: { retryable: false, message: 'You may not do this here' },
  NOT_FOUND: { retryable: false, message: 'Not found' },
  BAD_USER_INPUT: { retryable: false, message: 'The input is not valid' },
  CONFLICT: { retryable: false, message: 'This contradicts the present state' },
  IDEMPOTENCY_CONFLICT: { retryable: false, message: 'This key was used before, with other content' },
  MESSAGE_HELD: { retryable: false, message: 'The message was taken, and waits until somebody has looked at it' },
  ROOM_CLOSED: { retryable: false, message: 'The room does not take this any more' },
  ROOM_FULL: { retryable: false, message: 'The room has no free seat' },
  MUTED: { retryable: false, message: 'You are muted in this room' },
  EDIT_WINDOW_PASSED: { retryable: false, message: 'The message is too old to be changed' },
  ILLEGAL_TRANSITION: { retryable: false, message: 'This step is not possible from the present state' },
  STALE_VERSION: { retryable: false, message: 'Somebody else was faster: load again' },
  RATE_LIMITED: { retryable: true, message: 'Too many attempts: wait a little' },
  UNAVAILABLE: { retryable: true, message: 'The service cannot do this at the moment' },
  INTERNAL: { retryable: false, message: 'Something went wrong on our side' },
} as const satisfies Record<string, { retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The one kind of error that reaches a client as it is. Whatever else is thrown becomes INTERNAL (see `toClientError`). */
export class ParleyError extends GraphQLError {
  constructor(
    readonly code: ErrorCode,
    message: string = ERROR_CODES[code].message,
    details: Record<string, unknown> = {},
  ) {
    super(message, { extensions: { code, retryable: ERROR_CODES[code].retryable, ...details } });
  }
}

/** The same answer for "does not exist" and for "not for you", so that a stranger learns nothing. */
export const notFound = () => new ParleyError('NOT_FOUND');

/** @param field the path of the input, for example `input.content` */
export const badInput = (field: string, message: string) => new ParleyError('BAD_USER_INPUT', message, { field });
