import type { Type } from '@nestjs/common';
import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import type { Membership } from '../../participants/membership/membership.js';
import { Me } from '../../participants/membership/permission.guard.js';
import { Requires } from '../../policy/permission.decorators.js';
import type { Machine } from '../machine/machine.js';
import type { Subject } from '../machine/subject.js';
import { SubjectStreams } from './subject-streams.service.js';

/** A resolver of the subscription to one kind of thing, and to its parts, whose facts have its id as `partsName`. Its module provides it. */
export function subjectStream<S extends Subject>(
  machine: Machine<S, string>,
  name: string,
  table: string,
  partsName: string | null = null,
): Type {
  @Resolver(() => machine.entity)
  class SubjectStreamResolver {
    constructor(private readonly streams: SubjectStreams) {}

    @Requires('room.read', { table, argument: 'id' })
    @Subscription(() => machine.entity, {
      name,
      description: `As it is now, and again after each of its steps${partsName === null ? '' : ' and those of what belongs to it'}, so there is nothing to resume: subscribe again after a break. It ends when you lose access to the room.`,
    })
    updated(@Me() me: Membership, @Args('id', { type: () => ID }) id: string) {
      return this.streams.open(machine, me, id, name, partsName);
    }
  }
  return SubjectStreamResolver;
}
