import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { contextOf, requireViewer } from '../../auth/context.js';
import { notFound, ParleyError } from '../../common/errors/errors.js';
import { isId } from '../../common/values/ids.js';
import { isStorable } from '../../common/text/text.js';
import { PERMISSION, type Permission } from '../../policy/permission.decorators.js';
import type { Membership } from './membership.js';
import { Memberships } from './memberships.service.js';

type Arguments = Record<string, unknown> & { input?: Record<string, unknown> };

/** Of each field being resolved: one document may name many rooms. The key is the field's own `info` object. */
const memberships = new WeakMap<object, Membership>();

const fieldOf = (execution: ExecutionContext): object => GqlExecutionContext.create(execution).getInfo<object>();

/** The viewer's standing in the room that the operation names, as a parameter of a resolver with `@Requires`. */
export const Me = createParamDecorator((_: unknown, execution: ExecutionContext): Membership => {
  const membership = memberships.get(fieldOf(execution));
  if (!membership) throw new Error('@Me() needs @Requires(action) on the same operation');
  return membership;
});

/** Global: an operation that does not say who may call it is refused. */
@Injectable()
export class PermissionGuard implements CanActivate {
  private readonly log = new Logger('PermissionGuard');

  constructor(
    private readonly reflector: Reflector,
    private readonly members: Memberships,
  ) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    // What is not GraphQL (health, the IDE's files) declares itself by being a controller of its own.
    if (execution.getType<GqlContextType>() !== 'graphql') return true;
    const permission = this.reflector.get<Permission | undefined>(PERMISSION, execution.getHandler());
    if (!permission) {
      this.log.error(`${execution.getClass().name}.${execution.getHandler().name} declares no permission and is refused`);
      throw new ParleyError('FORBIDDEN');
    }
    if (permission.access === 'public') return true;
    const viewer = requireViewer(contextOf(execution));
    if (permission.access === 'signedIn') return true;
    if (permission.access === 'platform') {
      if (!permission.roles.includes(viewer.platformRole)) throw new ParleyError('FORBIDDEN');
      return true;
    }
    return this.admit(execution, permission, viewer);
  }

  private admit(
    execution: ExecutionContext,
    permission: Extract<Permission, { access: 'room' }>,
    viewer: ReturnType<typeof requireViewer>,
  ): true | Promise<true> {
    const args = GqlExecutionContext.create(execution).getArgs<Arguments>();
    const { by } = permission;
    const argument = typeof by === 'string' ? by : by.argument;
    const named = args[argument] ?? args.input?.[argument];
    const decide = (membership: Membership | null): true => {
      if (!membership) throw notFound();
      membership.require(permission.action);
      memberships.set(fieldOf(execution), membership);
      return true;
    };
    if (by === 'code') {
      if (typeof named !== 'string' || !isStorable(named)) throw notFound();
      return this.members.find({ code: named.toUpperCase() }, viewer).then(decide);
    }
    if (!isId(named)) throw notFound();
    if (typeof by === 'object') {
      return this.members.roomOf(by.table, named).then(async (id) => decide(id === null ? null : await this.members.find({ id }, viewer)));
    }
    const known = this.members.known(named, viewer, permission.action);
    return known ? decide(known) : this.members.find({ id: named }, viewer).then(decide);
  }
}
