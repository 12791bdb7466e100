import { GraphQLISODateTime } from '@nestjs/graphql';
import { ValidateBy } from 'class-validator';
import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** A time that people, ISO 8601 and PostgreSQL say in the same way: of the years 1 to 9999. */
export const isInstant = (value: unknown): value is Date => value instanceof Date && value.getTime() >= FIRST && value.getTime() <= LAST;

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const parse = (value: unknown): Date => new Date(typeof value === 'string' && RFC_3339.test(value) ? value : NaN);

/** Nest's own takes whatever JavaScript makes a time of: of "alert(1)" it makes one in the year 2001. */
export const DateTime = new GraphQLScalarType<Date | null, string>({
  ...(GraphQLISODateTime.toConfig() as object),
  name: 'DateTime',
  parseValue: parse,
  parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : undefined),
});

/** A time in an input. What is none comes as an invalid `Date`, so that the refusal can name the field. */
export const Instant = (): PropertyDecorator =>
  ValidateBy({
    name: 'instant',
    validator: { validate: isInstant, defaultMessage: (args) => `${args?.property} must be a time in the years 1 to 9999` },
  });

/** Whether a part of a cursor is an instant as `toISOString` writes it. */
export const isInstantText = (text: string): boolean => isInstant(new Date(text)) && new Date(text).toISOString() === text;
