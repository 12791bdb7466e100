import { applyDecorators } from '@nestjs/common';
import { Exclude, Transform, type TransformFnParams, Type } from 'class-transformer';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import { isStorable } from './text.js';

export interface JsonLimits {
  maxBytes: number;
  /** Of nested objects and arrays; a flat object has depth 1. */
  maxDepth: number;
}

function problemInside(value: unknown, depthLeft: number): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'must be well-formed Unicode without NUL bytes';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depthLeft === 0) return 'is nested too deeply';
  for (const [key, item] of Object.entries(value)) {
    const problem = isStorable(key) ? problemInside(item, depthLeft - 1) : 'has a key that cannot be stored';
    if (problem) return problem;
  }
  return undefined;
}

/** What is wrong with an object that a client wants to be kept; nothing when it may be stored. */
export function jsonProblem(value: unknown, limits: JsonLimits): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
  const problem = problemInside(value, limits.maxDepth);
  if (problem) return problem;
  return Buffer.byteLength(JSON.stringify(value)) > limits.maxBytes ? `must not be larger than ${limits.maxBytes} bytes` : undefined;
}

/** class-transformer does not look into it. */
@Exclude()
class Opaque {}

/**
 * A field of an input that holds any JSON object, within limits. It stays as it came: class-transformer would walk through it
 * before anybody has looked how deep it is, and leave out keys that it dislikes ("constructor").
 */
export const JsonObject = (limits: JsonLimits): PropertyDecorator =>
  applyDecorators(
    Type(() => Opaque),
    Transform(({ obj, key }: TransformFnParams) => (obj as Record<string, unknown>)[key], { toClassOnly: true }),
    ValidateBy({
      name: 'jsonObject',
      validator: {
        validate: (value) => jsonProblem(value, limits) === undefined,
        defaultMessage: (args?: ValidationArguments) => `${args?.property} ${jsonProblem(args?.value, limits)}`,
      },
    }),
  );
