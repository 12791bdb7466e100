import type { Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { badInput } from '../errors/errors.js';

export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 100;

/** @see https://relay.dev/graphql/connections.htm */
@ObjectType({ description: 'Where a page stands in the whole list.' })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;

  @Field(() => Boolean)
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'For `before`: the page before this one. Null when this one is empty.' })
  startCursor: string | null;

  @Field(() => String, { nullable: true, description: 'For `after`: the page after this one. Null when this one is empty.' })
  endCursor: string | null;
}

@ArgsType()
export class ForwardPageArgs {
  @Field(() => Int, { nullable: true, description: `How many, from the start or after a cursor: 1 to ${MAX_PAGE}.` })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of an earlier page.' })
  after?: string | null;
}

@ArgsType()
export class PageArgs extends ForwardPageArgs {
  @Field(() => Int, { nullable: true, description: `How many, from the end or before a cursor: 1 to ${MAX_PAGE}.` })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of an earlier page.' })
  before?: string | null;
}

/** How many a caller asks for. @throws BAD_USER_INPUT */
export function pageSize(asked: number | null | undefined, field: 'first' | 'last' = 'first'): number {
  const size = asked ?? DEFAULT_PAGE;
  if (size < 1 || size > MAX_PAGE) throw badInput(field, `${field} must be from 1 to ${MAX_PAGE}`);
  return size;
}

export interface IEdge<Node> {
  cursor: string;
  node: Node;
}

export interface IConnection<Node> {
  edges: IEdge<Node>[];
  nodes: Node[];
  pageInfo: PageInfo;
}

/** The GraphQL types of a connection to this node: extend the result, and name it with `@ObjectType()`. */
export function Connection<Node extends object>(NodeType: Type<Node>): Type<IConnection<Node>> {
  @ObjectType(`${NodeType.name}Edge`, { description: 'One of a page, with its cursor.' })
  class Edge implements IEdge<Node> {
    @Field(() => String)
    cursor: string;

    @Field(() => NodeType)
    node: Node;
  }

  @ObjectType({ isAbstract: true })
  class ConnectionType implements IConnection<Node> {
    @Field(() => [Edge])
    edges: Edge[];

    @Field(() => [NodeType], { description: 'The nodes of the edges, for whoever needs no cursors.' })
    nodes: Node[];

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }

  return ConnectionType;
}

/** A connection of nodes in order, each with its cursor. */
export function connect<Node>(
  nodes: Node[],
  cursor: (node: Node) => string,
  more: { next: boolean; previous: boolean },
): IConnection<Node> {
  const edges = nodes.map((node) => ({ cursor: cursor(node), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: more.next,
      hasPreviousPage: more.previous,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** An opaque cursor over the values of a sort key. */
export const encodeCursor = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** @throws BAD_USER_INPUT for what is no cursor of this shape */
export function decodeCursor(cursor: string, field: string, parts: readonly ((value: string) => boolean)[]): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.length === parts.length && key.every((value, at) => typeof value === 'string' && parts[at]?.(value))) {
      return key as string[];
    }
  } catch {
    // Not JSON: no cursor either.
  }
  throw badInput(field, `${field} is not a cursor`);
}
