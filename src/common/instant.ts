import { ValidateBy } from 'class-validator';

const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** A time that people, ISO 8601 and PostgreSQL say in the same way: of the years 1 to 9999. */
export const isInstant = (value: unknown): value is Date => value instanceof Date && value.getTime() >= FIRST && value.getTime() <= LAST;

/** A time in an input. The scalar makes a `Date` of anything, also an invalid one. */
export const Instant = (): PropertyDecorator =>
  ValidateBy({
    name: 'instant',
    validator: { validate: isInstant, defaultMessage: (args) => `${args?.property} must be a time in the years 1 to 9999` },
  });

/** Whether a part of a cursor is an instant as `toISOString` writes it. */
export const isInstantText = (text: string): boolean => isInstant(new Date(text)) && new Date(text).toISOString() === text;
