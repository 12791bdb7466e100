import { applyDecorators } from '@nestjs/common';
import { Mutation, type ReturnTypeFunc } from '@nestjs/graphql';
import { type InRoom, Requires } from '../../policy/permission.decorators.js';

const ERRORS = 'NOT_FOUND, FORBIDDEN, STALE_VERSION, ILLEGAL_TRANSITION, IDEMPOTENCY_CONFLICT';

/** A mutation that makes a step of a subject. Whoever reads its room may ask; the machine judges the rest. */
export const StepOf = (type: ReturnTypeFunc, subject: InRoom, says: string) =>
  applyDecorators(Requires('room.read', subject), Mutation(type, { description: `${says} Errors of every step: ${ERRORS}.` }));
