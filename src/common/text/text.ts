import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { isEmail, ValidateBy, type ValidationArguments } from 'class-validator';

export interface TextLimits {
  /** In characters as PostgreSQL counts them (Unicode code points); after trimming. */
  min?: number;
  max: number;
  /** Takes white space off both ends, before anything is counted. What is inside stays byte for byte. */
  trim?: boolean;
}

/** No NUL byte, which PostgreSQL cannot store, and no lone surrogate, which UTF-8 cannot say. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Code points, so that the limit is the one of the column. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    // The second half of a pair belongs to the character before it.
    if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  }
  return count;
}

/** What is wrong with a text, in words for the person who calls the API; nothing when it may be stored. */
export function textProblem(value: unknown, { min = 0, max }: TextLimits): string | undefined {
  if (typeof value !== 'string') return 'must be a text';
  // Each character takes at most two units: what is longer needs no reading.
  if (value.length > 2 * max) return `must have at most ${max} characters`;
  if (!isStorable(value)) return 'must be well-formed Unicode without NUL bytes';
  const count = countCharacters(value);
  if (count > max) return `must have at most ${max} characters`;
  if (count < min) return min === 1 ? 'must not be empty' : `must have at least ${min} characters`;
  return undefined;
}

/**
 * A text field of an input. Absent is a matter of `@IsOptional()`.
 * Trimming happens as the plain object becomes the class, so the validation pipe needs `transform: true`.
 */
export function Text(limits: TextLimits): PropertyDecorator {
  const validation = ValidateBy({
    name: 'text',
    validator: {
      validate: (value) => textProblem(value, limits) === undefined,
      defaultMessage: (args?: ValidationArguments) => `${args?.property} ${textProblem(args?.value, limits)}`,
    },
  });
  if (!limits.trim) return validation;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value), { toClassOnly: true }),
    validation,
  );
}

/** An address of e-mail. The library's own check throws at a lone surrogate. */
export const Email = (): PropertyDecorator =>
  ValidateBy({
    name: 'email',
    validator: {
      validate: (value) => typeof value === 'string' && isStorable(value) && isEmail(value),
      defaultMessage: (args?: ValidationArguments) => `${args?.property} must be an address of e-mail`,
    },
  });
